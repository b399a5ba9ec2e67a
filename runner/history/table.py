"""Rows for people, for spreadsheets and for a pull request. Nothing in them is cut off."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from runner.figure.fold import columns, is_known
from runner.history.condition import shown

Row = Mapping[str, Any]


def brief(value: Any) -> str:
    """Return a value in few characters; of a number the digits that matter."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return " ".join(map(shown, value)) if all(isinstance(one, str) for one in value) else shown(value)
    return shown(value)


def as_csv(names: Sequence[str], rows: Sequence[Row]) -> str:
    """Return rows as comma-separated values with a head; numbers in full, what is not known empty."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        values = [row.get(name) for name in names]
        writer.writerow(
            ["" if v is None else v if isinstance(v, str | int | float) else " ".join(map(shown, v)) for v in values]
        )
    return file.getvalue()


def as_markdown(names: Sequence[str], rows: Sequence[Row]) -> str:
    """Return rows as a table of Markdown: numbers to the right."""
    right = {name for name in names if any(isinstance(row.get(name), int | float) for row in rows)}

    def one(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|').replace(chr(10), ' ') for cell in cells)} |"

    lines = [one(names), one(["---:" if name in right else "---" for name in names])]
    return "\n".join([*lines, *(one([brief(row.get(name)) for name in names]) for row in rows)]) + "\n"


def as_lines(names: Sequence[str], rows: Sequence[Row], width: int | None = None) -> list[str]:
    """Return a head and a line for each row, in columns; texts to the left, numbers to the right.

    Args:
        names: Of the columns.
        rows: By the names of the columns.
        width: Columns of the terminal: what does not fit goes on below, indented. None: a line stays a line.
    """
    texts = [list(names), *([brief(row.get(name)) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    right = [any(isinstance(row.get(name), int | float) for row in rows) for name in names]
    lines = []
    for cells in texts:
        padded = [f"{c:>{w}}" if r else f"{c:<{w}}" for c, w, r in zip(cells, widths, right, strict=True)]
        lines += folded("  ".join(padded).rstrip(), width)
    return lines


def folded(line: str, width: int | None) -> list[str]:
    """Return a line as lines of at most ``width`` characters, where words allow it; the further ones are indented."""
    if width is None or len(line) <= width:
        return [line]
    return textwrap.wrap(
        line, width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )


def terminal_width() -> int | None:
    """Return the columns of the terminal, or None where nobody says: a pipe gets a line for each thing."""
    return columns() if is_known() else None


def printable(text: str) -> str:
    """Return lines of text in which nothing is left that a terminal would obey."""
    from runner.trust.printable import printable as harmless

    return "\n".join(map(harmless, text.split("\n")))
