"""What a folder of pictures holds: a folder for each class, or ``train``, ``valid`` and ``test`` with those in each."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif")
PARTS = {"train": "train", "valid": "valid", "val": "valid", "test": "test"}


@dataclass(frozen=True)
class Listing:
    """The pictures of a folder.

    Attributes:
        root: The folder.
        classes: Their names, sorted; the label of a class is its place.
        files: Paths relative to ``root`` by part, each with its label, sorted. Without ready-made parts all are in
            ``train`` and there is no other key.
    """

    root: Path
    classes: tuple[str, ...]
    files: dict[str, list[tuple[str, int]]]


def list_folder(folder: str) -> Listing:
    """Return what a folder holds.

    ``folder/CLASS/**/*.png`` (and the other ``SUFFIXES``), hidden files aside. Where the folder holds ``train`` and,
    beside it, nothing but ``valid`` (or ``val``) and ``test``, these are the parts, and the classes lie in them.

    Raises:
        ValueError: There is no such folder, there are fewer than two classes, a class has no pictures, or a part has
            a class that ``train`` lacks. The message says which.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise ValueError(f"folder={folder}: {_absent(root)}")
    inside = _folders(root)
    parts = {name: PARTS[name] for name in inside if name in PARTS}
    if "train" not in parts or (len(inside) > len(parts) == 1):  # then "train" is what a class is called
        parts = {"": "train"}
    elif len(inside) > len(parts):
        other = next(name for name in inside if name not in parts)
        raise ValueError(f"{root} holds {', '.join(parts)} and {other}: are these parts or classes?")
    elif len(set(parts.values())) < len(parts):
        raise ValueError(f"{root} holds both valid and val: one of them is one too many")
    home = root / next(name for name, part in parts.items() if part == "train")
    classes = tuple(_folders(home))
    if len(classes) < 2:
        raise ValueError(_too_few(home, classes))
    files = {}
    for name, part in parts.items():
        strange = sorted(set(_folders(root / name)) - set(classes))
        if strange:
            raise ValueError(f"{root / name} has a class {strange[0]} that {home} has not")
        files[part] = [(path, label) for label, one in enumerate(classes) for path in _pictures(root, name, one)]
    counts = {label for _, label in files["train"]}
    empty = [name for label, name in enumerate(classes) if label not in counts]
    if empty:
        raise ValueError(f"{home / empty[0]} holds no pictures ({' '.join(SUFFIXES)}){_and_more(len(empty) - 1)}")
    return Listing(root, classes, files)


def _folders(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def _pictures(root: Path, part: str, name: str) -> Iterator[str]:
    """Yield the paths of a class's pictures, at any depth. Links to folders inside it are not followed."""
    for where, folders, files in os.walk(root / part / name):
        folders[:] = sorted(folder for folder in folders if not folder.startswith("."))
        for file in sorted(files):
            if file.lower().endswith(SUFFIXES) and not file.startswith("."):
                yield (Path(where) / file).relative_to(root).as_posix()


def _absent(path: Path) -> str:
    """Say that there is no such folder, and which of those that are there has a name like it."""
    if path.exists():
        return "this is a file, not a folder"
    while not path.parent.is_dir():
        path = path.parent
    near = difflib.get_close_matches(path.name, _folders(path.parent), n=1)
    return f"there is no folder {path}" + (f": did you mean {path.parent / near[0]}?" if near else "")


def _too_few(home: Path, classes: tuple[str, ...]) -> str:
    """Say why a folder has no two classes, and what may have been meant."""
    wanted = f"a folder for each of two or more classes is needed, as in {home / 'cat'} and {home / 'dog'}"
    if not classes:
        return f"{home} holds no folders: {wanted}"
    below = _folders(home / classes[0])
    hint = f". Is it folder={home / classes[0]}, with {', '.join(below[:3])}?" if len(below) > 1 else ""
    return f"{home} holds a single folder, {classes[0]}: {wanted}{hint}"


def _and_more(count: int) -> str:
    return f", and {count} more like it" if count else ""
