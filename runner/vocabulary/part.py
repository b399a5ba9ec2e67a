"""Groups and their choices, wherever on the search path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from runner.check.facts import GROUPS
from runner.home import CONF

INNER = ("sweep/pruner",)
"""Groups inside a group that the package brings."""
YAML = (".yaml", ".yml")


def search_path(recipe: Path | None = None, config_dir: Path | None = None) -> tuple[Path, ...]:
    """Return the folders in which parts are looked for, in the order in which Hydra does."""
    own = [recipe.resolve().parent] if recipe else []
    return tuple(dict.fromkeys([*own, CONF, *([config_dir] if config_dir else [])]))


def choices(group: str, folders: Iterable[Path] = (CONF,)) -> dict[str, Path]:
    """Return a group's choices and their files; of two with one name the first folder's."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted((folder / group).glob("*.y*ml")) if group else ():
            if path.suffix in YAML and path.is_file():
                found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def groups(folders: Iterable[Path] = (CONF,)) -> list[str]:
    """Return the groups that have choices: the program's, each followed by those inside it."""
    folders = list(folders)
    found = []
    for group in GROUPS:
        inner = {path.name for folder in folders for path in (folder / group).glob("*/") if path.name[0] not in "._"}
        found += [group, *(f"{group}/{name}" for name in sorted(inner) if choices(f"{group}/{name}", folders))]
    return [group for group in found if choices(group, folders)]


def file_of(name: str, folders: Iterable[Path]) -> Path | None:
    """Return the file of a configuration by its name in the search path, with or without ``.yaml``."""
    for folder in folders:
        for ending in ("", *YAML):
            path = folder / f"{name}{ending}"
            if path.suffix in YAML and path.is_file():
                return path
    return None


def about(path: Path | None) -> str:
    """Return the first line of the comment that a YAML file opens with."""
    return next(_comment(path), "") if path is not None else ""


def opening(path: Path) -> str:
    """Return the first sentence of the comment that a YAML file opens with: a recipe's is of several lines."""
    return " ".join(_comment(path)).partition(". ")[0].removesuffix(".")


def _comment(path: Path) -> Iterator[str]:
    """Yield the lines of a YAML file's first comment, those for Hydra and for editors left out."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            text = line.lstrip("# ").strip()
            if not line.startswith("#"):
                break
            if text and not text.startswith(("@package", "yaml-language-server:")):
                yield text
