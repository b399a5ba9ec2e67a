"""The rows of ``metrics.jsonl`` as points, read from a file that grows, and that a resumed run cuts back."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Point(NamedTuple):
    """One value of one metric."""

    key: str
    value: float
    time: float  # seconds since 1970
    step: int


class Points:
    """What has been added to a file of rows since the last look.

    A resumed run truncates the file to its checkpoint and writes those steps again. That shows in the last line read:
    if it is not where it was, reading starts over, and the reader of the points has to know which it had.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self.last = b""

    def new(self) -> Iterator[Point]:
        """Yield the points of the lines that are new and whole."""
        try:
            file = open(self.path, "rb")  # noqa: SIM115  # closed below; a missing file is no error
        except FileNotFoundError:
            return
        with file:
            file.seek(self.offset - len(self.last))
            if file.read(len(self.last)) != self.last:
                self.offset = 0
                file.seek(0)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # still being written
                self.offset, self.last = self.offset + len(line), line
                yield from parse(line)


def parse(line: bytes) -> Iterator[Point]:
    """Yield the points of a row; a row that cannot be read has none."""
    try:
        row = json.loads(line)
        time, step = float(row.pop("time")), int(row.pop("step"))
        row.pop("epoch", None)
    except (ValueError, TypeError, KeyError, AttributeError):
        return
    for key, value in row.items():
        if isinstance(value, int | float):
            yield Point(plain(key), float(value), time, step)


def plain(name: str) -> str:
    """Return a name of a metric or parameter in the characters and the form that MLflow takes."""
    name = posixpath.normpath(re.sub(r"[^/\w.\- :]", "_", name)[:250])
    return re.sub(r"^(\.\.?(/|$)|/)+", "_", name) or "_"
