"""Locks that end with their process: ``flock`` on a file, and files that forked children do not keep open."""

from __future__ import annotations

import contextlib
import fcntl
import os
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol


class HasDescriptor(Protocol):
    """An open file, or a connection over a socket."""

    def fileno(self) -> int:
        """Return the number of the open file."""
        ...


_OURS: weakref.WeakSet[HasDescriptor] = weakref.WeakSet()


def keep_from_children(file: HasDescriptor) -> None:
    """Let processes that are forked from this one (a data loader's workers) not hold the file.

    A lock is held as long as anybody has the open file, and a connection is open as long as anybody has the socket: a
    killed process would seem alive until its last forked child has noticed. The children get ``/dev/null`` under the
    same number instead, so that nothing they do with it can reach what it was.
    """
    _OURS.add(file)


def _let_go() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for file in list(_OURS):
        with contextlib.suppress(Exception):  # closed meanwhile
            os.dup2(nothing, file.fileno(), inheritable=False)
    os.close(nothing)


os.register_at_fork(after_in_child=_let_go)


def take(path: Path, wait: bool = True) -> IO[bytes] | None:
    """Return the open file at ``path``, created if it is not there, locked by this process until it is closed.

    Args:
        path: Of the file, in a folder that exists. Who holds the lock may remove the file.
        wait: Wait for the one who has it; else return None.

    Raises:
        ValueError: The file system has no locks.
    """
    while True:
        file = open(path, "ab+")  # noqa: SIM115  # the caller closes it
        keep_from_children(file)
        try:
            taken = _lock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if taken and _is_at(file, path):  # else it was removed between our opening and our locking it
                return file
        except BaseException:
            file.close()
            raise
        file.close()
        if not taken:
            return None


@contextlib.contextmanager
def held(path: Path) -> Iterator[IO[bytes]]:
    """Hold the file at ``path`` alone, waiting for whoever has it."""
    file = take(path)
    assert file is not None
    with file:
        yield file


def is_taken(path: Path) -> bool:
    """Tell whether a living process has the file locked; lookers do not see one another."""
    try:
        with open(path, "rb") as file:
            keep_from_children(file)
            return not _lock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False


def _lock(file: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(file, how)
    except BlockingIOError:
        return False
    except OSError as error:
        message = f"{file.name}: its file system has no locks ({error.strerror}): use a local disk or sweep.storage=postgresql://..."
        raise ValueError(message) from None
    return True


def _is_at(file: IO[bytes], path: Path) -> bool:
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(file.fileno()))
