"""Who sends a folder: one process at a time, whichever started first."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path

from runner.folder import is_sweep
from runner.tracking.describe import sweep_of


def owner(folder: Path) -> Path:
    """Return what a folder is sent with: a trial with its sweep, anything else by itself."""
    sweep = sweep_of(folder)
    return sweep if sweep is not None and is_sweep(sweep) else folder


@contextlib.contextmanager
def claimed(folder: Path, wait: bool) -> Iterator[bool]:
    """Let one process at a time send a folder; yield whether it is this one."""
    with open(owner(folder) / ".tracking.lock", "a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            yield False
        else:
            yield True


@contextlib.contextmanager
def in_turn(folder: Path, waits: Callable[[], bool]) -> Iterator[bool]:
    """Wait for who sends a folder now, as long as ``waits``, which itself takes a while; yield whether it is free."""
    while True:
        with claimed(folder, wait=False) as ours:
            if ours:
                yield True
                return
        if not waits():
            yield False
            return
