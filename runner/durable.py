"""Files that are written whole or not at all.

Everything here is plain files and the standard library, so that a record can be read without this package.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from runner.disk import Unwritable
from runner.trust.document import read_object


def write_whole(
    path: Path, write: Callable[[IO[bytes]], object], size: int | None = None, aside: Path | None = None
) -> None:
    """Replace ``path`` by what ``write`` writes, durably: readers see the old file or the new one, never a part.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and take the name in one step.

    Args:
        path: Of the file.
        write: Writes the bytes into an open file.
        size: How many bytes, if that is known: for the message, if the disk is full.
        aside: The name that the old file takes just before. Killed in between there is no file at ``path``.

    Raises:
        Unwritable: The disk did not take it. The old file is as it was, and nothing else is left.
    """
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if aside is not None and path.exists():
            os.replace(path, aside)
        os.replace(temporary, path)
        keep_names(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise Unwritable(error, path, size) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def keep_names(folder: Path) -> None:
    """Have the names in a folder survive a power cut: a file that is on the disk may else be found by nobody."""
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def write_text(path: Path, text: str) -> None:
    """``write_whole`` for text, UTF-8."""
    content = text.encode()
    write_whole(path, lambda file: file.write(content), len(content))


def write_json(path: Path, value: Any) -> None:
    """``write_whole`` for a JSON document."""
    write_text(path, json.dumps(value, indent=2, default=str) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object, or an empty one if the file is not there.

    Raises:
        ValueError: It is broken, or holds something else.
    """
    try:
        return read_object(path)
    except FileNotFoundError:
        return {}


def sweep_up(path: Path) -> None:
    """Remove temporary files and folders that a killed process left under ``path``. Call it while holding the lock."""
    for leftover in list(path.rglob(".*.tmp-*")):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def sha256(path: str | Path) -> str:
    """Return the digest of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
