"""Files that a user names, to be read as a dataset reads its own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path


def files(words: Iterable[str], suffixes: tuple[str, ...]) -> list[Path]:
    """Return the files that words name; of a folder those with one of the suffixes, at any depth, sorted.

    Raises:
        ValueError: Some are not there, or a folder holds none; the message names the first few.
    """
    found: list[Path] = []
    missing: list[str] = []
    for word in words:
        path = Path(word)
        if path.is_dir():
            inside = [p for p in path.rglob("*") if p.suffix.lower() in suffixes and p.is_file() and p.name[0] != "."]
            found += sorted(inside)
            missing += [] if inside else [f"{word} (a folder without {' '.join(suffixes)})"]
        elif path.is_file():
            found.append(path)
        else:
            missing.append(f"{word} (no such file)")
    if missing:
        raise ValueError(f"cannot be read: {some(missing)}")
    return found


def check_there(words: Iterable[str]) -> None:
    """Look for files and folders, before anything is imported that can read them.

    Raises:
        ValueError: Some are not there; the message names the first few.
    """
    if missing := [f"{word} (no such file)" for word in words if not os.path.exists(word)]:
        raise ValueError(f"cannot be read: {some(missing)}")


def one_file(words: Sequence[str]) -> str:
    """Return the only file that is named.

    Raises:
        ValueError: There are several, or it is not there.
    """
    if len(words) != 1:
        raise ValueError(f"one table at a time, got {len(words)}: {some(words)}")
    if not Path(words[0]).is_file():
        raise ValueError(f"cannot be read: {words[0]} (no such file)")
    return words[0]


def some(names: Sequence[str]) -> str:
    """Return the first few of many names."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
