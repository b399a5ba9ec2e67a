"""Files of a run's model, in a folder: all of them as checked, or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Self

from runner.export.compare import Difference, compare
from runner.export.subject import CannotExport

if TYPE_CHECKING:
    from runner.export.form import Form
    from runner.export.subject import Subject


class Draft:
    """Files in the making, in a folder within the one that they go to: a reader sees only what was checked.

    Args:
        out: Where the files go; files of the same names are replaced, others stay.
    """

    def __init__(self, out: Path) -> None:
        self.out = out.resolve()
        self.folder = self.out / f".export.tmp-{os.getpid()}"
        self.files: list[Path] = []
        """Where they are in the end."""
        self.outdated: list[Path] = []
        """What is removed once all is well, before the new files are there: those name it no more."""

    def __enter__(self) -> Self:
        self.ours = not self.out.exists()
        self.folder.mkdir(parents=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            if kind is None:
                for path in self.outdated:
                    path.unlink(missing_ok=True)
                for path in sorted(self.folder.iterdir()):
                    os.replace(path, self.out / path.name)
                    self.files.append(self.out / path.name)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
            if self.ours and not self.files:
                self.out.rmdir()


def write_forms(subject: Subject, forms: Iterable[Form], folder: Path, tolerance: float) -> dict[str, Difference]:
    """Write a model in several forms, read each again, and return how far it is from the model.

    Raises:
        CannotExport: One cannot be written, or is not the model.
    """
    found = {}
    for form in forms:
        try:
            free = form.write(subject, folder / form.file)
            found[form.name] = compare(subject, form.read(subject, folder / form.file), free, tolerance)
        except CannotExport as error:
            raise CannotExport(f"{form.name}: {error}") from error
    return found
