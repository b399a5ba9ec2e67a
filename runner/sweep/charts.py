"""The pictures of a report: what was found when, where, how, and by whom."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from runner.page.svg import Axis, Frame, Point, axis, bar, dot, label, line, picture, words_axis
from runner.sweep.results import Results
from runner.sweep.row import Row
from runner.sweep.table import duration, names, number, parameters

MOST = 500
"""Trials in a picture with a line for each; of more, the best half of this and every so many of the others."""


def told(row: Row, results: Results) -> str:
    """Return what is shown when one points at a trial."""
    values = " ".join(map(number, row.values))
    return f"#{row.number} {row.kind} {values} {parameters(row, results.keys)}".replace("  ", " ")


def thinned(results: Results, rows: Sequence[Row]) -> list[Row]:
    """Return the trials that are drawn, the best ones last, so that they lie on top."""
    order = {row.number: index for index, row in enumerate(results.ranking())}
    ranked = sorted(rows, key=lambda row: order.get(row.number, len(order) + row.number))
    if len(ranked) > MOST:
        rest = ranked[MOST // 2 :]
        ranked = [*ranked[: MOST // 2], *rest[:: -(-len(rest) // (MOST // 2))]]
    return ranked[::-1]


def axis_of(key: str, results: Results, name: str) -> Axis:
    """Return the axis of a searched key: of numbers if all its values are, else of words."""
    texts = list(dict.fromkeys(row.texts[key] for row in results.rows if key in row.texts))
    numbers = [value for value in map(numeric, texts) if value is not None]
    if len(numbers) < len(texts) or not texts:
        return words_axis(name, sorted(texts))
    wide = min(numbers) > 0 and max(numbers) >= 100 * min(numbers)  # a list of rates, such as 0.001,0.01,0.1
    return axis(name, numbers, log=key in results.logs or (wide and len(numbers) < 20))


def numeric(text: str) -> float | None:
    """Return the number that a text is, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def value_axis(results: Results, objective: int = 0) -> Axis:
    """Return the axis of an objective; trials that went wrong altogether do not flatten the rest."""
    values = [row.values[objective] for row in results.rows if len(row.values) > objective]
    return axis(results.objectives[objective], values, far=False)


def history(results: Results, objective: int = 0) -> str:
    """Return the values in the order of the trials, and the best so far."""
    rows = [row for row in results.rows if row.is_over and len(row.values) > objective]
    frame = Frame(axis("trial", [row.number for row in rows], whole=True), value_axis(results, objective))
    best: list[Point] = []
    value: float | None = None
    for row in rows:
        here = row.values[objective]
        if row.counts and (value is None or results.better(here, objective) < results.better(value, objective)):
            best += [] if value is None else [frame.at(row.number, value)]
            value = here
            best.append(frame.at(row.number, here))
    if value is not None:
        best.append(frame.at(rows[-1].number, value))
    dots = [dot(frame.at(row.number, row.values[objective]), row.kind, told(row, results)) for row in rows]
    title = f"{results.objectives[objective]} of {len(rows)} trials in their order, and the best so far"
    return picture(frame.width, frame.height, title, [frame.axes(), line(best, "best"), *dots])


def parallel(results: Results) -> str:
    """Return a line for each finished trial through its parameters to its value: warm is good."""
    ranking = results.ranking()
    rows = thinned(results, ranking)
    if not rows or not results.keys:
        return ""
    short = names(results.keys)
    axes = [*(axis_of(key, results, short[key]) for key in results.keys), value_axis(results)]
    width, height, top, base, left = max(720.0, 120.0 * len(axes)), 320.0, 36.0, 290.0, 70.0
    across = [left + index * (width - 2 * left) / (len(axes) - 1) for index in range(len(axes))]
    place = {row.number: 1 - index / max(1, len(ranking) - 1) for index, row in enumerate(ranking)}
    parts = []
    for row in rows:
        values: list[float | str | None] = [*(row.texts.get(key) for key in results.keys), row.values[0]]
        points = [
            (x, base + 16 if value is None else base - one.share(value) * (base - top))
            for x, one, value in zip(across, axes, values, strict=True)
        ]
        kind = "way first" if row is rows[-1] else "way"
        parts.append(line(points, kind, told(row, results), f' style="--t:{place[row.number]:.3f}"'))
    for x, one in zip(across, axes, strict=True):
        parts.append(line([(x, top), (x, base)], "tick"))
        parts.append(label(x, 16, one.name, "middle", "name"))
        for value, text in one.ticks:
            up = base - one.share(one.words[int(value)] if one.words else value) * (base - top)
            parts.append(label(x + 5, up + 4, text, "start", "halo"))
    return picture(width, height, f"parameters and value of {len(rows)} finished trials, a line each", parts)


def slices(results: Results, objective: int = 0) -> list[str]:
    """Return for each searched key the objective against its values."""
    short, pictures = names(results.keys), []
    for key in results.keys:
        rows = [row for row in results.rows if row.is_over and key in row.texts and len(row.values) > objective]
        frame = Frame(axis_of(key, results, short[key]), value_axis(results, objective), width=360, height=240)
        dots = [
            dot(frame.at(row.texts[key], row.values[objective]), row.kind, told(row, results))
            for row in thinned(results, rows)
        ]
        title = f"{results.objectives[objective]} against {key}"
        pictures.append(picture(frame.width, frame.height, title, [frame.axes(), *dots]))
    return pictures


def importance(shares: Mapping[str, float]) -> str:
    """Return a bar for each parameter."""
    if not shares:
        return ""
    height, left, width = 26.0 * len(shares) + 8, 220.0, 720.0
    parts = []
    for index, (name, share) in enumerate(shares.items()):
        y = 4 + 26.0 * index
        parts.append(label(left - 8, y + 15, name if len(name) <= 34 else f"…{name[-33:]}", "end"))
        parts.append(bar(left, y + 2, share * (width - left - 60), 18, "complete", f"{name} {share:.1%}"))
        parts.append(label(left + share * (width - left - 60) + 6, y + 15, f"{share:.0%}"))
    return picture(width, height, "importance: " + ", ".join(f"{n} {s:.0%}" for n, s in shares.items()), parts)


def curves(results: Results) -> str:
    """Return the objective of each trial by epoch; those that were pruned are grey."""
    rows = [row for row in thinned(results, results.rows) if len(row.curve) > 1 or (row.curve and row.kind == "pruned")]
    if not rows:
        return ""
    values = [value for row in rows for value in row.curve.values()]
    epochs = axis("epoch", [epoch for row in rows for epoch in row.curve], whole=True)
    frame = Frame(epochs, axis(results.objectives[0], values, far=False))
    best = results.best()
    parts = [frame.axes()]
    for row in sorted(rows, key=lambda row: row.kind != "pruned"):
        points = [frame.at(epoch, value) for epoch, value in sorted(row.curve.items()) if math.isfinite(value)]
        kind = "best" if best is not None and row.number == best.number else f"curve {row.kind}"
        parts.append(line(points, kind, told(row, results)) if len(points) > 1 else "")
        parts += [dot(points[-1], row.kind, told(row, results), 2)] if points else []
    pruned = sum(row.kind == "pruned" for row in rows)
    title = f"{results.objectives[0]} by epoch of {len(rows)} trials, {pruned} of them pruned"
    return picture(frame.width, frame.height, title, parts)


def pareto(results: Results) -> str:
    """Return two objectives against each other, and the front."""
    if len(results.objectives) != 2:
        return ""
    rows = [row for row in results.rows if row.counts]
    frame = Frame(value_axis(results, 0), value_axis(results, 1), height=360)
    front = results.front()
    on = {row.number for row in front}
    stairs: list[Point] = []
    for row in front:
        x, y = frame.at(row.values[0], row.values[1])
        stairs += [(x, stairs[-1][1])] if stairs else []
        stairs.append((x, y))
    dots = [
        dot(frame.at(*row.values), "first" if row.number in on else "complete", told(row, results))
        for row in sorted(rows, key=lambda row: row.number in on)
    ]
    title = f"{results.objectives[0]} and {results.objectives[1]} of {len(rows)} trials; {len(front)} are on the front"
    return picture(frame.width, frame.height, title, [frame.axes(), line(stairs, "best"), *dots])


def timeline(results: Results) -> str:
    """Return when each worker trained what."""
    rows = [row for row in results.rows if row.begun is not None]
    if not rows:
        return ""
    clock: Callable[[datetime], float] = lambda moment: moment.timestamp()  # noqa: E731
    start = min(clock(row.begun) for row in rows if row.begun)
    latest = max(clock(moment) for row in rows for moment in (row.begun, row.ended) if moment)
    workers = list(dict.fromkeys(worker(row) for row in rows))
    height = 24.0 * len(workers) + 46
    seconds = axis("seconds since the first trial began", [0.0, max(latest - start, 1e-3)])
    frame = Frame(seconds, Axis(""), height=height, left=130, bottom=40, top=4)
    parts = [frame.axes()]
    for index, name in enumerate(workers):
        parts.append(label(frame.left - 8, 4 + 24 * index + 15, name if len(name) <= 18 else f"…{name[-17:]}", "end"))
    for row in rows:
        assert row.begun is not None
        first, last = clock(row.begun) - start, clock(row.ended) - start if row.ended else latest - start
        x, end = frame.at(first, 0)[0], frame.at(last, 0)[0]
        words = f"{told(row, results)} {duration(last - first)}"
        parts.append(bar(x, 6 + 24 * workers.index(worker(row)), end - x, 16, f"span {row.kind}", words))
    return picture(frame.width, height, f"{len(rows)} trials of {len(workers)} workers over time", parts)


def worker(row: Row) -> str:
    """Return who trained a trial, as it is shown: the place of the worker, whichever process was in it."""
    place = re.fullmatch(r"(.+)-\d+-(\d+)-[0-9a-f]+", row.owner)
    return f"{place[1]} {place[2]}" if place else row.owner or row.host or "?"
