"""Who is taken for whom: a matrix while it can be read, and always the most frequent mistakes in words."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from runner.page.svg import Frame, axis, dot, label, line, picture

MOST = 40
"""Classes in a picture."""
NUMBERED = 20
"""Classes up to which the counts stand in the cells."""
MISTAKES = 8
"""Pairs of classes in words."""


def matrix(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """Return the matrix as a picture: a row for each class, the share of each prediction in it; mistakes are warm.

    Args:
        classes: Their names.
        counts: How often each, row by row, was taken for each.
    """
    size = len(classes)
    if not 0 < size <= MOST:
        return ""
    longest = max(map(len, map(shown, classes)))
    left, top = 14.0 + 7 * longest, 22.0 + 5.2 * longest
    cell = max(14.0, min(46.0, 640.0 / size))
    parts = []
    for row, name in enumerate(classes):
        total = sum(counts[row])
        parts.append(label(left - 6, top + cell * (row + 0.5) + 4, shown(name), "end"))
        x = left + cell * (row + 0.5)
        turn = f' transform="rotate(-50 {x:.1f} {top - 6:.1f})"'
        parts.append(label(x, top - 6, shown(name), "start", "", turn))
        for column, other in enumerate(classes):
            count = counts[row][column]
            share = count / total if total else 0.0
            kind = "heat" if row == column else "heat wrong"
            place = f'x="{left + cell * column:.1f}" y="{top + cell * row:.1f}" width="{cell - 1:.1f}"'
            told = f"{name} taken for {other}: {count} of {total}"
            parts.append(
                f'<rect class="{kind}" {place} height="{cell - 1:.1f}" style="--t:{share:.3f}">'
                f"<title>{escape(told)}</title></rect>"
            )
            if count and size <= NUMBERED:
                deep = "deep" if share > 0.55 else ""
                middle = (left + cell * (column + 0.5) - 0.5, top + cell * (row + 0.5) + 4)
                parts.append(label(*middle, str(count), "middle", deep))
    right = left + cell * size + 5.2 * longest
    told = "confusion matrix, a row for what it is, a column for what it is taken for; "
    return picture(max(right, 420.0), top + cell * size + 6, told + "; ".join(mistakes(classes, counts)[:3]), parts)


def shown(name: str) -> str:
    """Return a class's name, the beginning of a long one: in full it stands in the titles of the cells."""
    return name if len(name) <= 18 else f"{name[:17]}…"


def mistakes(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> list[str]:
    """Return the most frequent mistakes in words."""
    pairs = [
        (count, row, column)
        for row, line in enumerate(counts)
        for column, count in enumerate(line)
        if row != column and count
    ]
    ranked = sorted(pairs, key=lambda pair: (-pair[0], pair[1:]))[:MISTAKES]
    return [
        f"{classes[row]} taken for {classes[column]}: {count} time{'s' if count > 1 else ''}"
        for count, row, column in ranked
    ]


def scatter(pairs: Sequence[tuple[float, float]]) -> str:
    """Return predicted numbers against those that were right, and the line on which they would be the same."""
    if not pairs:
        return ""
    both = [value for pair in pairs for value in pair]
    frame = Frame(axis("what was right", both), axis("what was said", both), width=480, height=420)
    low, high = frame.x.low, frame.x.high
    dots = [dot(frame.at(*pair), "run s0", f"{pair[1]:.4g} where {pair[0]:.4g} was right", 2.5) for pair in pairs]
    parts = [frame.axes(), line([frame.at(low, low), frame.at(high, high)], "tick"), *dots]
    return picture(frame.width, frame.height, f"{len(pairs)} predicted numbers against those that were right", parts)
