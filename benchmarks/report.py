"""Tables, for the terminal and for ``RESULTS.md``, and what they were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
ABSENT = "not installed"


@dataclass
class Table:
    """A title, what was measured, and rows of text."""

    title: str
    note: str
    heads: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)

    def add(self, name: str, *values: object) -> None:
        """Append a row; what is missing is left empty."""
        row = [name, *map(str, values)]
        self.rows.append(row + [""] * (len(self.heads) - len(row)))

    def widths(self) -> list[int]:
        return [max(map(len, column)) for column in zip(self.heads, *self.rows, strict=True)]

    def text(self) -> str:
        """Return the table for a terminal."""
        lines = [self.title, self.note, ""]
        for row in (self.heads, *self.rows):
            first, *rest = zip(row, self.widths(), strict=True)
            lines.append("  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]).rstrip())
        return "\n".join(lines) + "\n"

    def markdown(self) -> str:
        """Return the table for a document."""
        lines = [f"## {self.title}", "", self.note, ""]
        ruler = ["---", *["---:"] * (len(self.heads) - 1)]
        lines += ["| " + " | ".join(row) + " |" for row in (self.heads, ruler, *self.rows)]
        return "\n".join(lines) + "\n"


def spread(values: tuple[float, float, float], digits: int = 2) -> str:
    """Return "median (low..high)"."""
    middle, low, high = (f"{value:.{digits}f}" for value in values)
    return f"{middle} ({low}..{high})"


def machine() -> list[str]:
    """Return what the numbers depend on."""
    command = ["git", "describe", "--always", "--exclude=*", "--dirty= with changes that are not committed"]
    git = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    gpu = [f"GPU: {torch.cuda.get_device_name()}"] if torch.cuda.is_available() else []
    return [
        f"date: {time.strftime('%Y-%m-%d', time.gmtime())}",
        f"commit: {git.stdout.strip() or 'unknown'}",
        f"machine: {os.cpu_count()} CPUs, {platform.machine()}, {platform.system()}; one thread for torch",
        *gpu,
        f"python {platform.python_version()}, torch {torch.__version__}",
    ]


HEAD = (
    "# Results\n\nMeasured by `python -m benchmarks --write`; do not edit. "
    "What each table was measured on is below it.\n\n"
)


def write(tables: Sequence[Table], path: Path = HERE / "RESULTS.md") -> Path:
    """Write ``RESULTS.md``; tables that were not measured this time stay as they are."""
    measured = " · ".join(machine())
    sections = sections_of(path.read_text(encoding="utf-8")) if path.exists() else {}
    order = list(sections)
    for before, table in zip([None, *tables], tables, strict=False):
        if table.title not in order:  # a new one comes after the one that was measured before it
            order.insert(order.index(before.title) + 1 if before else len(order), table.title)
    sections |= {table.title: f"{table.markdown()}\n{measured}\n" for table in tables}
    path.write_text(HEAD + "\n".join(sections[title] for title in order), encoding="utf-8")
    return path


def sections_of(text: str) -> dict[str, str]:
    """Return the sections of a document by their titles, in order."""
    parts = text.split("\n## ")[1:]
    return {part.partition("\n")[0]: f"## {part.rstrip()}\n" for part in parts}
