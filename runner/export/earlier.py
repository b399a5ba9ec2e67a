"""What an earlier export left in a folder: what of it is still the model, what is not, and what is no export's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from runner.durable import read_json, sha256
from runner.export.form import FORMS, form

KEPT = ("run", "model", "digest")
"""Facts that have to be the same for a file to be still true."""


class Earlier:
    """The files that the ``model.json`` of a folder names, before that is written anew.

    Args:
        out: The folder, which may not be there.
        written: Names of the forms that are about to be written, whose files are replaced anyway.
    """

    def __init__(self, out: Path, written: Iterable[str]) -> None:
        self.out = out
        try:
            self.facts = read_json(out / "model.json")
        except (ValueError, NotADirectoryError):  # broken: it names nothing
            self.facts = {}
        checks = self.facts.get("check")
        self.checks: dict[str, Any] = checks if isinstance(checks, dict) else {}
        self.forms = [name for name in FORMS if name in self.checks and name not in set(written)]

    def licence(self, run: str) -> str | None:
        """Return the licence that was given for this run's weights, None if none was."""
        given = self.facts.get("license")
        return str(given) if given and self.facts.get("run") == run else None

    def sort(self, facts: Mapping[str, Any]) -> tuple[dict[str, Any], list[Path], list[Path]]:
        """Return the files by form that are still true, the files that are not, and those that were changed since.

        The last are no export's any more: a form that has one is not named again, and the file stays.

        Args:
            facts: Of the model that is written now.
        """
        same = all(self.facts.get(key) == facts[key] for key in KEPT)
        true: dict[str, Any] = {}
        outdated: list[Path] = []
        changed: list[Path] = []
        for name in self.forms:
            digests = self.digests(name)
            there = {file: digest for file, digest in digests.items() if (self.out / file).is_file()}
            foreign = [file for file, digest in there.items() if digest and sha256(self.out / file) != digest]
            changed += [self.out / file for file in foreign]
            if same and not foreign and there == digests and all(digests.values()):
                true[name] = digests
            else:
                outdated += [self.out / file for file in there if file not in foreign]
        return true, outdated, changed

    def digests(self, name: str) -> dict[str, str | None]:
        """Return the files of a form, each with the sha256 that was noted; None of an export that noted none."""
        files = self.facts.get("files")
        noted = files.get(name) if isinstance(files, dict) else None
        if not isinstance(noted, dict):
            return {form(name).file: None}
        return {file: digest for file, digest in noted.items() if belongs(file, name)}


def belongs(file: str, name: str) -> bool:
    """Tell whether a form may have made a file of this name: its own, or one beside it such as ``model.onnx.data``."""
    own = form(name).file
    return file == own or (file.startswith(f"{own}.") and Path(file).name == file)


def files(folder: Path, forms: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the files that forms have written in a folder, each with its sha256."""
    names = sorted(path.name for path in folder.iterdir())
    return {one: {name: sha256(folder / name) for name in names if belongs(name, one)} for one in forms}


def in_order(forms: Iterable[str]) -> Iterator[str]:
    """Yield names of forms, as they are always listed."""
    there = set(forms)
    return (name for name in FORMS if name in there)
