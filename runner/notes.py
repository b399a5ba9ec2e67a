"""What people wrote about a run: notes and tags, in the run's own folder, each with its time; none is overwritten."""

from __future__ import annotations

import fcntl
import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "notes.jsonl"
TAG = re.compile(r"[\w./:+-]+")


@dataclass(frozen=True)
class Notes:
    """What stands at a run.

    Attributes:
        notes: Texts, the oldest first, with the seconds since 1970 when they were written.
        tags: In the order in which they were put there.
    """

    notes: tuple[tuple[float, str], ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def texts(self) -> list[str]:
        """The notes without their times."""
        return [text for _, text in self.notes]


def read(folder: Path) -> Notes:
    """Return what was written about a run, or a sweep; a line that cannot be read costs only itself."""
    try:
        lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return Notes()
    notes: list[tuple[float, str]] = []
    tags: dict[str, None] = {}
    for row in filter(None, map(_row, lines)):
        if "text" in row:
            notes.append((float(row.get("time", 0)), str(row["text"])))
        if "tag" in row:
            tags[str(row["tag"])] = None
        if "untag" in row:
            tags.pop(str(row["untag"]), None)
    return Notes(tuple(notes), tuple(tags))


def _row(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def check_tag(tag: str) -> None:
    """Raise ``ValueError`` if a word cannot be a tag: one that cannot be typed without quotes."""
    if not TAG.fullmatch(tag):
        raise ValueError(f"--tag {tag!r}: a tag is one word of letters, digits and ._-+:/")


def add(folder: Path, text: str = "", tags: Iterable[str] = (), untags: Iterable[str] = ()) -> Notes:
    """Append to what was written about a run, and return all of it; a run that trains may be written about, too.

    Args:
        folder: The run's, or a sweep's.
        text: A note; nothing: none.
        tags: Words to find it by.
        untags: Tags that it no longer has.
    """
    rows: list[dict[str, Any]] = [{"text": text}] if text else []
    rows += [*({"tag": tag} for tag in tags), *({"untag": tag} for tag in untags)]
    with open(folder / FILE, "a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0, 2)
        if file.tell():
            file.seek(-1, 2)
            if file.read() != b"\n":  # whoever wrote the last line did not come to its end
                file.write(b"\n")
        file.write("".join(json.dumps({"time": time.time(), **row}) + "\n" for row in rows).encode())
    return read(folder)
