"""The run's log: everything into ``log.txt``, warnings also to the terminal; of several processes all into one file."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from runner.disk import Backlog
from runner.redact import Redacting, redacted


class _Short(Redacting):
    """One line, without a traceback: that is in the file."""

    def format(self, record: logging.LogRecord) -> str:
        cause = record.exc_info[1] if record.exc_info else None
        return redacted(f"{record.levelname.lower()}: {record.getMessage()}" + (f": {cause}" if cause else ""))


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
    names = ("runner", "py.warnings")
    logging.captureWarnings(True)
    for name in names:
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        logger.addHandler(file)
    logging.getLogger("runner").addHandler(terminal)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for name in names:
            logging.getLogger(name).removeHandler(file)
        logging.getLogger("runner").removeHandler(terminal)
        file.close()
