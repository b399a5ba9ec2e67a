"""The disk that runs are written to: free room, and a file written, flushed and removed again."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from time import perf_counter

SIZE = 2**23
"""Bytes that are written."""


@dataclass(frozen=True)
class Disk:
    """What was found.

    Attributes:
        free: Bytes.
        bytes_per_second: Of one write that reached the disk.
    """

    free: int
    bytes_per_second: float


def tried(folder: Path, size: int = SIZE) -> Disk:
    """Write a file of its own into a folder and remove it.

    Raises:
        OSError: It cannot be written there: permission, room, or a disk that is read-only.
    """
    free = disk_usage(folder).free
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
        begun = perf_counter()
        file.write(os.urandom(size))
        file.flush()
        os.fsync(file.fileno())
        return Disk(free, size / (perf_counter() - begun))
