"""A disk that takes no more: what it says in words, how often, and lines that wait until it takes them."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import time
from collections import deque
from pathlib import Path

MINUTE = 60.0
"""Seconds between two complaints about the same file."""

log = logging.getLogger(__name__)


class Unwritable(OSError):
    """A file could not be written; says which one, why, and what it takes.

    Args:
        error: What the system said.
        path: The file.
        size: Bytes that the file was to have, if that is known.
    """

    def __init__(self, error: OSError, path: Path, size: int | None = None) -> None:
        super().__init__(error.errno, words_for(error, path, size))

    def __str__(self) -> str:
        return str(self.strerror)


def words_for(error: OSError, path: Path, size: int | None = None) -> str:
    """Return in one line why a file could not be written, and what to do about it."""
    if isinstance(error, Unwritable):
        return str(error)
    folder, needs = path.parent, "" if size is None else f" needs {in_words(size)},"
    if error.errno == errno.ENOSPC:
        return f"No space left: {path.name}{needs or ' needs more,'} has {in_words(room(folder))} in {folder}"
    if error.errno == errno.EDQUOT:
        return f"Disk quota exceeded: {path.name}{needs} in {folder}: see quota"
    if error.errno == errno.EFBIG:
        return f"File too large: {path.name}{needs} in {folder}: see ulimit -f"
    if error.errno == errno.ENOENT and not folder.exists():
        return f"{folder} is gone: it was deleted or moved while {path.name} was written"
    return f"{error.strerror or error}: {path}"


def room(folder: Path) -> int:
    """Return how many bytes may still be written into a folder; 0 if it is not there."""
    with contextlib.suppress(OSError):
        found = os.statvfs(folder)
        return found.f_bavail * found.f_frsize
    return 0


def in_words(size: float) -> str:
    """Return a number of bytes as people read it."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            break
        size, unit = size / 1000, "TB"
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


class Complaint:
    """Warns that a file cannot be written, at most once a minute, and says when that is over.

    Args:
        consequence: What it means for the run.
    """

    def __init__(self, consequence: str) -> None:
        self.consequence = consequence
        self.said = float("-inf")
        self.wrong = ""

    def about(self, error: OSError, path: Path, size: int | None = None) -> None:
        """Warn, unless that was done in the last minute."""
        self.wrong = words_for(error, path, size)
        if time.monotonic() - self.said >= MINUTE:
            self.said = time.monotonic()
            log.warning("%s; %s", self.wrong, self.consequence)

    def over(self, path: Path) -> None:
        """Say that the file could be written, if that was in doubt."""
        if self.wrong:
            self.wrong = ""
            log.info("%s could be written again", path.name)


class Backlog:
    """A file of lines that grows. What the disk does not take waits in memory, in order, for the next attempt.

    Args:
        path: The file.
        shared: Other processes append to it as well; else it is this one's alone, and a line of which the disk took
            only a part is taken back, so that readers never see it.
    """

    def __init__(self, path: Path, shared: bool = False) -> None:
        self.path, self.shared = path, shared
        self.size = 0
        """Where the lines on the disk end; of a file that is not shared."""
        self.waiting: deque[bytes] = deque()
        self.complaint = Complaint("the run goes on, and what is missing is added as soon as that is possible")
        self.error = OSError("never tried")
        self.descriptor = -1
        self.placed = shared  # whether the file ends where its lines do

    def add(self, line: bytes) -> None:
        """Append a line, now or as soon as the disk takes it."""
        self.waiting.append(line)
        self.flush()

    def flush(self) -> bool:
        """Write what waits, and tell whether all of it is written."""
        try:
            while self.waiting:
                self._write()
        except OSError as error:
            self.error = error
            self.complaint.about(error, self.path)
            return False
        self.complaint.over(self.path)
        return True

    def _write(self) -> None:
        """Write the first line that waits."""
        self.open()
        line = self.waiting[0]
        if self.shared:
            done = os.write(self.descriptor, line)
        else:
            try:
                done = 0
                while done < len(line):
                    done += os.pwrite(self.descriptor, line[done:], self.size + done)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(self.descriptor, self.size)
                raise
            self.size += done
        if done == len(line):
            self.waiting.popleft()
        else:
            self.waiting[0] = line[done:]

    def go_on_at(self, size: int, waiting: bytes = b"") -> None:
        """Forget what lies beyond ``size``, at the next line, and write first what had not been written then."""
        self.size, self.placed = size, False
        self.waiting = deque([waiting] if waiting else [])

    def open(self) -> None:
        """Open the file, and let it end where its lines do: what follows is done again."""
        if self.descriptor < 0:
            how = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_APPEND if self.shared else 0)
            self.descriptor = os.open(self.path, how, 0o666)
        if self.placed:
            return
        there = os.fstat(self.descriptor).st_size
        if there < self.size:
            log.warning("%s has lost its end: %d of %d bytes are there", self.path, there, self.size)
            self.size = self.path.read_bytes()[:there].rfind(b"\n") + 1
        os.ftruncate(self.descriptor, self.size)
        self.placed = True

    def keep(self) -> None:
        """Have what is written survive a power cut: a checkpoint is about to count on it."""
        if self.descriptor >= 0:
            try:
                os.fsync(self.descriptor)
            except OSError as error:
                self.complaint.about(error, self.path)

    def insist(self) -> None:
        """Raise what is in the way of what waits.

        Raises:
            Unwritable: Something waits.
        """
        if self.waiting:
            raise Unwritable(self.error, self.path, self.size + sum(map(len, self.waiting)))

    def close(self) -> None:
        """Write what waits if that is possible, let the file end with its last line, and close it."""
        if self.flush() and not self.placed:
            self.open()
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
