"""The report of a search: one page that opens anywhere, without a network, with every picture in it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from runner import __version__
from runner.page.document import Cell, document, folded, line, section, sortable, text, write_document
from runner.sweep import charts
from runner.sweep.mean import mean_and_sd
from runner.sweep.noise import judge
from runner.sweep.results import Results
from runner.sweep.row import Row
from runner.sweep.table import counted, duration, number, parameters, saved


def write_page(path: Path, results: Results, importance: Mapping[str, float], folder: Path) -> Path:
    """Write a report, whole or not at all, and return its path.

    Args:
        path: Of the HTML file.
        results: Of the search.
        importance: Of the parameters; empty where nothing is known.
        folder: Of the search, for links to the trials.
    """
    return write_document(path, page(results, importance, os.path.relpath(folder.resolve(), path.parent.resolve())))


def page(results: Results, importance: Mapping[str, float], folder: str = ".") -> str:
    """Return a report. Everything that comes from the search is escaped, and no script runs but the page's own.

    Args:
        results: Of the search.
        importance: Of the parameters.
        folder: Of the search, as seen from the page.
    """
    ways = zip(results.objectives, results.directions, strict=True)
    about = [" and ".join(f"{name}, {way[:8]}d" for name, way in ways), results.sampler, f"runner {__version__}"]
    about += [str(results.facts["created"])] if results.facts.get("created") else []
    return document(results.name, about, sections(results, importance, folder))


def sections(results: Results, importance: Mapping[str, float], folder: str) -> Iterable[str]:
    """Yield the parts of the page, from what was found to how."""
    yield from summary(results)
    several = len(results.objectives) > 1
    if several:
        yield section(
            "Pareto front",
            "Each point is a trial; no trial is better than one of the front in both objectives.",
            charts.pareto(results),
        )
    for index, name in enumerate(results.objectives):
        yield section(
            f"History of {name}" if several else "History",
            "Full: finished; hollow: pruned, at its last value. The line is the best so far. Values far from the rest "
            "are drawn at the edge.",
            charts.history(results, index) if any(len(row.values) > index for row in results.rows) else "",
        )
    yield section(
        "Importance",
        "Share of each parameter in what separates good trials from the rest (PED-ANOVA).",
        charts.importance(importance),
    )
    yield section(
        "Parallel coordinates",
        "A line for each finished trial; the warmer the better. Below an axis: it has no such parameter.",
        charts.parallel(results),
    )
    pictures = charts.slices(results) if any(row.values for row in results.rows) else []
    yield section(
        "Slices",
        f"{results.objectives[0]} against each parameter.",
        f'<div class="slices">{"".join(f"<div>{one}</div>" for one in pictures)}</div>' if pictures else "",
    )
    yield section(
        "Curves",
        f"{results.objectives[0]} by epoch; grey: pruned there. The thick line is the best trial.",
        charts.curves(results),
    )
    yield section("Workers", "Who trained when; a gap is a worker without work.", charts.timeline(results))
    yield section("Trials", "A click on a head sorts.", table(results, folder))
    yield configuration(results)


def summary(results: Results) -> Iterable[str]:
    """Yield the first lines: the best, how sure that is, how many trials there were."""
    best = results.best()
    if best is not None:
        values = list(results.samples(best).values())
        mean, sd = mean_and_sd(values)
        shown = ", ".join(f"{name} {number(v)}" for name, v in zip(results.objectives, best.values, strict=True))
        if len(results.objectives) == 1 and sd is not None:
            over = f"mean and standard deviation over {len(values)} seeds"
            shown = f"{results.objectives[0]} {number(mean)} ± {number(sd)} ({over})"
        words = escape(parameters(best, results.keys))
        first = "Best" if len(results.objectives) == 1 else "Best by the first objective"
        yield f"<p><strong>{first}: #{best.number}, {escape(shown)}</strong> <code>{words}</code></p>"
    verdict = judge(results).sentence
    lines = [verdict and f"{verdict[:1].upper()}{verdict[1:]}.", f"Trials: {counted(results)}."]
    lines += [f"Pruning: {saved(results)}."] if saved(results) else []
    yield from (f"<p>{escape(line)}</p>" for line in lines if line)


def table(results: Results, folder: str) -> str:
    """Return all trials as a table, the best first."""
    several, confirmed = len(results.objectives) > 1, bool(results.again)
    spread = any(len(row.per_seed) > 1 for row in results.rows)
    heads = ["trial", "state", *results.objectives, *(["sd", "n"] if spread and not several else [])]
    heads += ["confirmed", "sd", "n"] if confirmed else []
    heads += ["seconds", "epochs", *results.keys, "reason"]
    order = {row.number: index for index, row in enumerate(results.front() if several else results.ranking())}
    best = results.best()
    lines = []
    for row in sorted(results.rows, key=lambda row: (order.get(row.number, len(order)), row.number)):
        cells: list[Cell] = [(link(row, folder), str(row.number)), text(row.kind)]
        cells += [
            figure(value) for value in [*row.values, *[None] * len(results.objectives)][: len(results.objectives)]
        ]
        if spread and not several:
            cells += [figure(row.spread()[0]), text(str(row.spread()[1]) if row.per_seed else "")]
        if confirmed:
            again = list(results.again.get(row.number, {}).values())
            mean, sd = mean_and_sd(again)
            cells += [figure(mean), figure(sd), text(str(len(again)))] if again else [text("")] * 3
        cells += [(escape(duration(row.seconds)), "" if row.seconds is None else f"{row.seconds:.3f}")]
        cells += [text("" if row.epochs is None else str(row.epochs))]
        cells += [text(row.texts.get(key, "")) for key in results.keys]
        kind = "first" if best is not None and row.number == best.number else ""
        lines.append(line(cells, kind, f'<td class="reason">{escape(row.reason)}</td>'))
    return sortable(heads, lines)


def link(row: Row, folder: str) -> str:
    """Return a trial's number, which leads to its log."""
    if not row.run:
        return f"#{row.number}"
    return f'<a href="{quote(f"{folder}/{row.run}/log.txt")}">#{row.number}</a>'


def figure(value: float | None) -> Cell:
    return ("", "") if value is None else (escape(number(value)), repr(value))


def configuration(results: Results) -> str:
    """Return what the search was asked for, as it was written down; secrets are masked there."""
    known: dict[str, Any] = {key: value for key, value in results.facts.items() if key != "identity"}
    written = json.dumps({**known, "identity": results.identity}, indent=2, default=str)
    return f"<h2>Configuration</h2>\n{folded('what was searched, and in which trainings', written)}"
