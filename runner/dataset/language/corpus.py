"""Text as it lies on the disk - a file, a folder, a pattern - or the prose that comes with Python."""

from __future__ import annotations

import glob
import platform
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

Stamp = tuple[str, int, int]
"""A file's path, time of change and size: what was read once need not be read again while it stays the same."""

BUILT_IN = "pydoc_data.topics"
"""A module of the standard library that holds the manual's chapters, about 490 kB of English prose."""


def read_text(path: str | None) -> tuple[str, str]:
    """Return all text under a path and where it came from; several files are joined by a newline.

    Args:
        path: A UTF-8 file, a folder, or a pattern such as ``books/**/*.txt``. None: the chapters of Python's manual
            in the order of their names.

    Raises:
        ValueError: There is no such file, or one that is not UTF-8; the message names it and the byte.
    """
    if path is None:
        return _built_in(), f"{BUILT_IN} of Python {platform.python_version()}"
    return _text(stamps(path)), path


def read_bytes(path: str | None) -> tuple[bytes, str]:
    """Return the same as bytes, whatever they mean."""
    if path is None:
        return _built_in().encode(), f"{BUILT_IN} of Python {platform.python_version()}"
    return _bytes(stamps(path)), path


def stamps(path: str) -> tuple[Stamp, ...]:
    """Return the stamps of a path's files in the order of their names, hidden ones left out.

    Raises:
        ValueError: There is no file.
    """
    place = Path(path).expanduser()
    if place.is_dir():
        files = inside(place, "*")
    else:
        files = [place] if place.is_file() else [Path(name) for name in glob.glob(str(place), recursive=True)]
    found = stamped(files)
    if not found:
        what = "no files in this folder" if place.is_dir() else "no such file or folder, and no pattern with matches"
        raise ValueError(f"dataset.path={path}: {what}")
    return found


def inside(folder: Path, pattern: str) -> list[Path]:
    """Return what lies under a folder, at any depth, and is not hidden."""
    names = [path.relative_to(folder) for path in folder.rglob(pattern)]
    return [folder / name for name in names if not any(part.startswith(".") for part in name.parts)]


def stamped(paths: Iterable[Path]) -> tuple[Stamp, ...]:
    """Return the stamps of those paths that are files, sorted."""
    files = sorted(path.resolve() for path in paths if path.is_file())
    return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)


@lru_cache(maxsize=2)
def _text(files: tuple[Stamp, ...]) -> str:
    return "\n".join(decoded(Path(name).read_bytes(), name) for name, _, _ in files)


@lru_cache(maxsize=2)
def _bytes(files: tuple[Stamp, ...]) -> bytes:
    return b"\n".join(Path(name).read_bytes() for name, _, _ in files)


@lru_cache(maxsize=1)
def _built_in() -> str:
    from pydoc_data.topics import topics

    return "\n".join(topics[name] for name in sorted(topics))


def decoded(content: bytes, name: str) -> str:
    """Return UTF-8 as text, without a byte order mark.

    Raises:
        ValueError: It is something else; the message names the file and the first byte that cannot be read.
    """
    try:
        return content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{name} is not UTF-8 text: byte {error.start} is {content[error.start]:#04x}. "
            "Convert it (iconv -t UTF-8), or choose other files with a pattern such as 'folder/**/*.txt'; "
            "dataset=text also reads any bytes with dataset.level=byte"
        ) from None
