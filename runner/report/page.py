"""The report of one training or of several beside each other: one page that opens anywhere, without a network."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from runner import __version__
from runner.history.curve import curves
from runner.history.difference import Changes, between, same
from runner.history.past import Past
from runner.history.table import brief
from runner.page.document import Cell, document, folded, line, section, sortable, text, write_document
from runner.recorded import flat, in_yaml
from runner.report.confusion import MOST, matrix, mistakes, scatter
from runner.report.curves import charts, legend
from runner.report.samples import samples
from runner.report.timing import timing
from runner.secret import mask_code
from runner.sweep.table import duration

if TYPE_CHECKING:
    from runner.inference.judged import Judged

Verdicts = Mapping[str, "Judged | str"]
"""Of each run, by its name, its predictions, or why there are none."""


def write_page(path: Path, runs: Sequence[Past], verdicts: Verdicts) -> Path:
    """Write a report, whole or not at all, and return its path.

    Args:
        path: Of the HTML file.
        runs: One or more.
        verdicts: Predictions.
    """
    return write_document(path, page(runs, verdicts, path.parent.resolve()))


def page(runs: Sequence[Past], verdicts: Verdicts, place: Path) -> str:
    """Return a report. Everything that comes from the runs is escaped, and no script runs but the page's own.

    Args:
        runs: One or more.
        verdicts: Predictions.
        place: The folder of the page, for links to logs.
    """
    first = runs[0]
    several = len(runs) > 1
    title = f"{len(runs)} runs" if several else str(first.get("run"))
    about = [] if several else [str(first.get("status")), str(first.get("dataset")), str(first.get("model"))]
    return document(title, [*about, f"runner {__version__}"], sections(runs, verdicts, place))


def sections(runs: Sequence[Past], verdicts: Verdicts, place: Path) -> Iterable[str]:
    """Yield the parts of the page, from what came out to how."""
    names = [str(run.get("run")) for run in runs]
    several = len(runs) > 1
    for run in runs:
        yield from opening(run, several)
    yield section("Runs" if several else "Metrics", "A click on a head sorts.", measured(runs, place))
    courses = {name: curves(run.folder) for name, run in zip(names, runs, strict=True)}
    drawn = charts(courses)
    yield section(
        "Curves",
        "By epoch; dashed: on the training part. Values far from the rest are drawn at the edge.",
        (legend(names) if several else "") + f'<div class="slices">{"".join(f"<div>{c}</div>" for c in drawn)}</div>'
        if drawn
        else "",
    )
    if several:
        yield section("Differences", "Keys of the configuration that are not the same.", differing(runs, names))
    yield section(
        "Time",
        "; ".join(filter(None, (run.summary.get("bottleneck") for run in runs[:1]))) if not several else "",
        timing({name: run.summary.get("seconds", {}) for name, run in zip(names, runs, strict=True)}),
    )
    for name in names:
        yield from judged(verdicts.get(name, "not asked for"), name if several else "")
    if len(runs) == 2:
        yield section("Between the two", "Environment, code and data.", beyond(runs))
    yield "<h2>Configuration</h2>"
    for name, run in zip(names, runs, strict=True):
        yield folded(f"configuration of {name}", in_yaml(run.config))
        yield folded(f"environment of {name}", environment(run))


def opening(run: Past, several: bool) -> Iterable[str]:
    """Yield the first lines about a run: what it reached, what was asked for, and what people said about it."""
    value = run.described["value"]
    reached = "no value" if value is None else f"{run.described['objective']} {brief(value)}"
    at = f" at epoch {run.summary['best_epoch']}" if run.summary.get("best_epoch") else ""
    name = f"{run.get('run')}: " if several else ""
    typed = " ".join(run.described["overrides"]) or "all defaults"
    tags = "".join(f" #{tag}" for tag in run.written.tags)
    yield f"<p><strong>{escape(name + reached + at)}</strong> <code>{escape(typed)}</code>{escape(tags)}</p>"
    if run.summary.get("reason"):
        yield f"<p>{escape(run.described['status'])}: {escape(str(run.summary['reason']))}</p>"
    yield from (f"<p>“{escape(note)}”</p>" for note in run.written.texts)


def measured(runs: Sequence[Past], place: Path) -> str:
    """Return a table of what came out, a row a run."""
    metrics = list(dict.fromkeys(name for run in runs for name in run.metrics))
    heads = ["run", "status", "value", *metrics, "epochs", "time", "samples/s", "parameters", "device"]
    lines = []
    for run in runs:
        name = str(run.get("run"))
        where = quote(os.path.relpath(run.folder / "log.txt", place))
        link = f'<a href="{where}">{escape(name)}</a>' if (run.folder / "log.txt").exists() else escape(name)
        cells: list[Cell] = [(link, name), text(str(run.get("status"))), number(run.described["value"])]
        cells += [number(run.metrics.get(metric)) for metric in metrics]
        seconds = run.described["seconds"]
        cells += [
            number(run.described["epochs"]),
            (escape(duration(seconds)), "" if seconds is None else repr(seconds)),
        ]
        cells += [number(run.summary.get("samples_per_second")), number(run.environment.get("parameters"))]
        cells += [text(str(run.environment.get("device", "")))]
        lines.append(line(cells))
    return sortable(heads, lines)


def number(value: Any) -> Cell:
    """Return a cell with a number."""
    return ("", "") if value is None else (escape(brief(value)), repr(value))


def differing(runs: Sequence[Past], names: Sequence[str]) -> str:
    """Return a table of the keys in which configurations differ, a column a run."""
    configs = [flat(run.config) for run in runs]
    keys = dict.fromkeys(key for config in configs for key in config)
    rows = [[config.get(key) for config in configs] for key in keys]
    lines = [
        line([text(key), *(text(brief(value)) for value in values)])
        for key, values in zip(keys, rows, strict=True)
        if not all(same(values[0], other) for other in values[1:])
    ]
    return sortable(["key", *names], lines) if lines else "<p>The configurations are the same.</p>"


def beyond(runs: Sequence[Past]) -> str:
    """Return what else is different between two runs."""
    found = between(runs[0], runs[1])
    changes: Changes = {**found.environment, **found.data}
    lines = [line([text(name), *(text(brief(value)) for value in both)]) for name, both in changes.items()]
    parts = [sortable(["what", "first", "second"], lines)] if lines else []
    if not found.code.same:
        head = f"<p>The code is not the same. {escape(found.code.note)}</p>"
        parts.append(f'{head}<pre class="patch">{escape(found.code.patch)}</pre>')
    return "".join(parts) or "<p>Environment, code and data are the same.</p>"


def judged(found: Judged | str, name: str) -> Iterable[str]:
    """Yield what the model got wrong, or why that is not known."""
    of = f" of {name}" if name else ""
    if isinstance(found, str):
        yield f"<h2>Predictions{escape(of)}</h2>\n<p>None: {escape(found)}.</p>"
        return
    whole = "" if found.count == found.samples else f" (the first of {found.samples:,})"
    about = f"{found.count:,} samples of the {found.part} part{whole}, by the weights in best.pt."
    if found.classes:
        wrong = mistakes(found.classes, found.confusion)
        listed = "".join(f"<li>{escape(words)}</li>" for words in wrong)
        drawn = matrix(found.classes, found.confusion)
        more = "" if drawn else f"<p>{len(found.classes)} classes are too many for a picture ({MOST}).</p>"
        said = f"<ul>{listed}</ul>" if wrong else "<p>No mistakes.</p>"
        inside = f'<div class="square">{drawn}</div>{more}{said}'
        yield section(f"Confusion{of}", f"A row for what it is, a column for what it is taken for. {about}", inside)
    else:
        yield section(f"Predictions{of}", about, f'<div class="square">{scatter(found.pairs)}</div>')
    order = "The truth was thought least likely here." if found.classes else "Furthest off."
    yield section(f"Worst samples{of}", f"{order} #: its number in the {found.part} part.", samples(found.worst))


def environment(run: Past) -> str:
    """Return what was written down about the environment; in the patch, secrets are masked."""
    known = {key: value for key, value in run.environment.items() if key != "git"}
    git = dict(run.environment.get("git") or {})
    patch = mask_code(str(git.pop("patch", "") or ""))
    written = json.dumps({**known, "git": git}, indent=2, default=str)
    return f"{written}\n\n{patch}" if patch else written
