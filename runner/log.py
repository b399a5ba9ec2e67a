"""The run's log: everything into ``log.txt``, warnings also to the terminal; of several processes all into one file."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from runner.check.frame import own_frame
from runner.check.reason import cause
from runner.disk import Backlog
from runner.redact import Redacting, redacted

NAMES = ("runner", "py.warnings")
"""The loggers that a run listens to."""


class _Short(Redacting):
    """One line, and the place in the user's own code; the traceback is in the file."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        text = f"{record.levelname.lower()}: {record.getMessage()}"
        return redacted(f"{text}: {described(error)}" if isinstance(error, Exception) else text)


def described(error: Exception) -> str:
    """Return an error in words: its kind, unless the words are this package's own, and the user's code that met it."""
    error = cause(error)
    place = own_frame(error)
    wrong = isinstance(error, ValueError | OSError) and not place
    ours = wrong or type(error).__module__.startswith("runner.") or error.__traceback__ is None  # made to be told
    text = str(error) if ours and str(error) else f"{type(error).__name__}: {error}".removesuffix(": ")
    return f"{text}\n  --> {place}" if place else text


class _File(logging.Handler):
    """Appends to a file; what a full disk does not take waits, and disturbs nobody. Made when there is something."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.lines = Backlog(path, shared=True)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.add((self.format(record) + "\n").encode("utf-8", "backslashreplace"))

    def close(self) -> None:
        self.lines.close()
        super().close()


@contextlib.contextmanager
def logged(folder: Path, process: int = 0, told: int = logging.CRITICAL) -> Iterator[None]:
    """While entered, what this package and Python's warnings say goes to ``folder/log.txt``.

    Args:
        folder: Of the run.
        process: Which one of several; only the main one, 0, logs what is no more than a remark.
        told: The highest level that goes to the terminal: errors may be somebody else's to tell.
    """
    file = _File(folder / "log.txt")
    who = f"process {process}: " if process else ""
    form = Redacting(f"%(asctime)s %(levelname)s %(name)s: {who}%(message)s", "%Y-%m-%dT%H:%M:%SZ")
    file.setLevel(logging.WARNING if process else logging.INFO)
    form.converter = time.gmtime
    file.setFormatter(form)
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setLevel(logging.WARNING)
    terminal.addFilter(lambda record: record.levelno <= told)
    terminal.setFormatter(_Short())
    loggers = [logging.getLogger(name) for name in NAMES]
    try:
        with _listening:
            for logger in loggers:
                logger.addHandler(file)
            loggers[0].addHandler(terminal)
            yield
    finally:
        for logger in loggers:
            logger.removeHandler(file)
        loggers[0].removeHandler(terminal)
        file.close()


class _Listening:
    """While entered, by any number of runs at a time, remarks and warnings reach the handlers; as before afterwards."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.runs = 0
        self.before: list[tuple[int, bool]] = []
        self.captured = False

    def __enter__(self) -> None:
        with self.lock:
            self.runs += 1
            if self.runs > 1:
                return
            loggers = [logging.getLogger(name) for name in NAMES]
            self.before = [(logger.level, logger.propagate) for logger in loggers]
            show = warnings.showwarning
            logging.captureWarnings(True)
            self.captured = show is warnings.showwarning  # it was so already
            for logger in loggers:
                logger.setLevel(logging.INFO)
                logger.propagate = False

    def __exit__(self, *exception: object) -> None:
        with self.lock:
            self.runs -= 1
            if self.runs:
                return
            if not self.captured:
                logging.captureWarnings(False)
            for name, (level, propagate) in zip(NAMES, self.before, strict=True):
                logger = logging.getLogger(name)
                logger.setLevel(level)
                logger.propagate = propagate


_listening = _Listening()
