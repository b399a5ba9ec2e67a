"""Processes that read rows for a training, and signals that are not for them."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from torch import Tensor
from torch.utils.data import DataLoader

from runner.interrupt import SIGNALS


def started(loader: DataLoader[Tensor]) -> Iterator[Tensor]:
    """Return a loader's iterator, whose workers never see a signal that is for those who train.

    Signals wait while the workers start; each of them forgets what it inherited once it is ``apart``.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        return iter(loader)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def apart(worker: int) -> None:
    """Leave the group of processes that a signal is for: the one that reads decides when its workers end."""
    own_streams()
    os.setpgid(0, 0)
    while signal.sigpending() & set(SIGNALS):
        signal.sigwait(SIGNALS)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


_inherited: list[Any] = []
"""Streams that are never used again here; letting go of one would flush it, and wait for its lock."""


def own_streams() -> None:
    """Open anew what a forked process says something through: the terminal's streams, and files of the log.

    A stream that a thread of the parent was writing to at the fork is locked here for ever: that thread does not exist
    here. Locks of ``logging`` itself, and of imports, are Python's own care.
    """
    renewed: dict[int, TextIO] = {}
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or no file at all
            renewed[id(stream)] = again(stream.fileno(), stream)
            _inherited.append(stream)
            setattr(sys, name, renewed[id(stream)])
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    handlers = {handler for logger in loggers if isinstance(logger, logging.Logger) for handler in logger.handlers}
    for handler in handlers:
        stream = getattr(handler, "stream", None)
        if stream is None:  # opened when it is first needed, or no stream's
            continue
        if isinstance(handler, logging.FileHandler):
            _inherited.append(stream)
            handler.stream = open(handler.baseFilename, "a", encoding=handler.encoding)  # noqa: SIM115
        elif isinstance(handler, logging.StreamHandler):
            handler.stream = renewed.get(id(stream), stream)


def again(descriptor: int, like: TextIO) -> TextIO:
    """Return another stream to the same place, which does not close it."""
    return open(descriptor, "w", buffering=1, encoding=like.encoding, errors=like.errors, closefd=False)
