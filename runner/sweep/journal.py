"""The study in one file: Optuna's journal, with a lock that no dead process holds and a tail that mends itself."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from runner import flock
from runner.durable import keep_names

if TYPE_CHECKING:
    from optuna.storages.journal import BaseJournalBackend, JournalStorage

BLOCK = 1 << 16
"""How many bytes of the tail are read at once."""


class Backend:
    """Appends to and reads from the journal at ``path``; what Optuna's ``JournalFileBackend`` is, and reads like it.

    The lock is a ``flock`` on the journal itself: the kernel frees it when the holder dies, where Optuna's own lock
    files leave everybody waiting for 30 s. Every append first cuts off what a writer that died, or a full disk, has
    left after the last line: glued to the next record it would make the journal unreadable for good (optuna#5138).
    """

    def __init__(self, path: Path) -> None:
        from optuna.storages.journal import JournalFileBackend

        assert path.is_absolute(), path  # trials may change the working directory
        self.path = path
        self._reader = JournalFileBackend(str(path))
        self._together = False

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        """Yield the records from the given one on, without what is still being written."""
        return self._reader.read_logs(log_number_from)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Write records at the end, durably."""
        text = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()
        with flock.held(self.path) as file:
            if not _ends_well(file):
                _cut(file)
            new = os.fstat(file.fileno()).st_size == 0
            _write(file, text)
            if not self._together:
                os.fsync(file.fileno())
            if new:
                keep_names(self.path.parent)

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """While entered, records wait for one ``fsync`` at the end: it costs 30 times what a record costs."""
        self._together = True
        try:
            yield
        finally:
            self._together = False
            with open(self.path, "rb") as file:
                os.fsync(file.fileno())


def journal_storage(backend: Backend) -> JournalStorage:
    """Return Optuna's storage over a journal, mended if need be.

    Raises:
        ValueError: A line before the last one is not a record, or they make no study.
    """
    from optuna.storages.journal import JournalStorage

    repair(backend.path)
    try:
        return JournalStorage(cast("BaseJournalBackend", backend))
    except json.JSONDecodeError as error:
        line = _first_bad_line(backend.path)
        raise ValueError(f"{backend.path} is damaged: {line} is not a record ({error.msg})") from None
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        what = f"{type(error).__name__}: {error}"
        raise ValueError(f"{backend.path} is damaged: its records make no study ({what})") from None


def repair(path: Path) -> int:
    """Cut off what is no whole record at the end of a journal, under its lock, and return how many bytes that were."""
    with flock.held(path) as file:
        return _cut(file)


def _write(file: IO[bytes], text: bytes) -> None:
    """Write all of it or, on a full disk, nothing."""
    size = os.fstat(file.fileno()).st_size
    try:
        while text:
            text = text[os.write(file.fileno(), text) :]
    except OSError:
        os.ftruncate(file.fileno(), size)
        raise


def _ends_well(file: IO[bytes]) -> bool:
    size = os.fstat(file.fileno()).st_size
    return size == 0 or os.pread(file.fileno(), 1, size - 1) == b"\n"


def _cut(file: IO[bytes]) -> int:
    """Remove bytes after the last line, and last lines that are no record: power loss can leave zeros and a newline."""
    size = end = os.fstat(file.fileno()).st_size
    while end and not _is_record(line := _line_before(file, end)):
        end -= len(line)
    if end < size:
        os.ftruncate(file.fileno(), end)
        os.fsync(file.fileno())
    return size - end


def _line_before(file: IO[bytes], end: int) -> bytes:
    """Return the last line of the first ``end`` bytes, with or without an end of its own."""
    length = 0
    while True:
        length = min(end, max(BLOCK, 2 * length))
        tail = os.pread(file.fileno(), length, end - length)
        newline = tail.rfind(b"\n", 0, -1)
        if newline >= 0 or length == end:
            return tail[newline + 1 :]


def _is_record(line: bytes) -> bool:
    try:
        return line.endswith(b"\n") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _first_bad_line(path: Path) -> str:
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            if not _is_record(line):
                return f"line {number}"
    return "its last line"
