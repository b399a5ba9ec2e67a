"""Curves made of characters, for terminals of any kind."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from math import isfinite

BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII = " .:-=+*#@"
"""From empty to full, in eighths; the second where the first cannot be printed."""


def levels() -> str:
    """Return the characters that the standard output can print."""
    try:
        BLOCKS.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return ASCII
    return BLOCKS


def spark(values: Sequence[float], width: int = 40, glyphs: str = BLOCKS) -> str:
    """Return values as one line, from the lowest to the highest."""
    return chart(values, width=width, height=1, glyphs=glyphs)[0] if values else ""


def chart(
    values: Sequence[float],
    *,
    width: int = 60,
    height: int = 6,
    glyphs: str = BLOCKS,
    base: float | None = None,
    top: float | None = None,
    ends: tuple[str, str] | None = None,
) -> list[str]:
    """Return values as lines of columns, the first line on top.

    Args:
        values: At least one; a number that is not finite leaves its column empty.
        width: Columns at most; of more values than columns every so many is taken, the first and the last included.
        height: Lines; two at least with ``ends``.
        glyphs: Nine characters from empty to full.
        base: Value of an empty column; None: the lowest.
        top: Value of a full column; what is above is full too. None: the highest.
        ends: What the first and the last column stand for: then there is a line below that says so, and the values
            of a full and of an empty column at the left.
    """
    shown = resample(values, width)
    finite = [value for value in shown if isfinite(value)] or [0.0]
    low = min(finite) if base is None else base
    high = max(finite) if top is None else top
    eighths = [_eighths(value, low, high, height) for value in shown]
    lines = []
    for line in range(height):
        floor = (height - 1 - line) * 8
        lines.append("".join(glyphs[min(8, max(0, count - floor))] for count in eighths))
    if ends is None:
        return lines
    names = [f"{high:.3g}", *[""] * (height - 2), f"{low:.3g}", ""]
    lines.append(f"{ends[0]}{ends[1]:>{max(1, len(shown) - len(ends[0]))}}")
    margin = max(map(len, names))
    return [f"{name:>{margin}} {text}" for name, text in zip(names, lines, strict=True)]


def resample(values: Sequence[float], width: int) -> list[float]:
    """Return at most ``width`` of the values, evenly spaced, the first and the last included."""
    last = len(values) - 1
    if last < width:
        return list(values)
    return [values[round(column * last / (width - 1))] for column in range(width)]


def _eighths(value: float, low: float, high: float, height: int) -> int:
    """Return how full a column is; one with any value is never empty, else it could not be seen."""
    if not isfinite(value):
        return 0
    share = min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 1.0
    return max(1, round(share * height * 8))
