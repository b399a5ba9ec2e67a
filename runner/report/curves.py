"""Metrics by epoch, those of several runs over one another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from runner.history.curve import Curve
from runner.page.svg import Frame, axis, dot, line, picture

COLOURS = 8
"""Classes s0, s1 ... of the page's style sheet."""


def charts(courses: Mapping[str, Mapping[str, Curve]]) -> list[str]:
    """Return a picture for each metric; that of the training part is dashed, and with those of the others.

    Args:
        courses: Of each run, by its name, its metrics by epoch.
    """
    names = list(dict.fromkeys(name.rpartition("/")[2] for course in courses.values() for name in course))
    return [chart for name in names if (chart := one(name, courses))]


def one(metric: str, courses: Mapping[str, Mapping[str, Curve]]) -> str:
    """Return the picture of a metric, such as ``loss``, on all parts on which it was measured."""
    lines = [
        (run, name, number, curve)
        for number, (run, course) in enumerate(courses.items())
        for name, curve in course.items()
        if name.rpartition("/")[2] == metric and len(curve) > 0
    ]
    values = [value for *_, curve in lines for value in curve.values()]
    if not any(map(math.isfinite, values)) or max(len(curve) for *_, curve in lines) < 2:
        return ""
    epochs = axis("epoch", [epoch for *_, curve in lines for epoch in curve], whole=True)
    frame = Frame(epochs, axis(metric, values, far=False), width=420, height=250)
    parts = [frame.axes()]
    for run, name, number, curve in lines:
        points = [frame.at(epoch, value) for epoch, value in sorted(curve.items()) if math.isfinite(value)]
        last = next((value for value in reversed(curve.values()) if math.isfinite(value)), math.nan)
        kind = f"run s{number % COLOURS}{' train' if name.startswith('train/') else ''}"
        told = f"{run} {name}: {last:.6g} in the end"
        if len(points) > 1:
            parts.append(line(points, kind, told))
        elif points:
            parts.append(dot(points[0], kind, told))
    title = f"{metric} by epoch of {len(courses)} run{'s' if len(courses) > 1 else ''}"
    return picture(frame.width, frame.height, title, parts)


def legend(runs: Sequence[str]) -> str:
    """Return which colour is whose, as HTML."""
    keys = [f'<span class="key s{number % COLOURS}">{escape(run)}</span>' for number, run in enumerate(runs)]
    return f"<p>{''.join(keys)}</p>"
