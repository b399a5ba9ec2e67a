"""The end of a search in the terminal: the best trials, whether they differ by more than chance, and what to type."""

from __future__ import annotations

import math
import shlex
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from runner.sweep.mean import mean_and_sd
from runner.sweep.noise import judge
from runner.sweep.results import Results
from runner.sweep.row import KINDS, Row

TOP = 10
"""Trials in the table."""

FAILURES = 3
"""Failed trials that are told about."""


def number(value: float | None) -> str:
    """Return a value in few characters."""
    if value is None:
        return "-"
    if value == int(value) and abs(value) >= 10:  # a number of parameters
        return f"{value:.0f}"
    return f"{value:.4f}" if 1e-3 <= abs(value) < 1e3 or value == 0 else f"{value:.6g}"


def short(text: str) -> str:
    """Return a parameter's text in few characters: numbers with four digits."""
    try:
        value = float(text)
    except ValueError:
        return text
    shortened = f"{value:.4g}"
    return shortened if len(shortened) < len(text) else text


def names(keys: Sequence[str]) -> dict[str, str]:
    """Return for each key the shortest end of it that no other key ends in: ``lr`` for ``optimizer.lr``."""
    found = {}
    for key in keys:
        parts = key.split(".")
        ends = [".".join(parts[-length:]) for length in range(1, len(parts) + 1)]
        others = [other for other in keys if other != key]
        found[key] = next((e for e in ends if not any(o == e or o.endswith(f".{e}") for o in others)), key)
    return found


def parameters(row: Row, keys: Sequence[str]) -> str:
    """Return a trial's parameters as ``lr=0.01 width=16``."""
    short_names = names(keys)
    return " ".join(f"{short_names[key]}={short(row.texts[key])}" for key in keys if key in row.texts)


def duration(seconds: float | None) -> str:
    """Return seconds in the units that one would say them in."""
    if seconds is None or not math.isfinite(seconds):
        return "-"
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def final_text(
    results: Results, folder: str | Path, importance: Mapping[str, float] | None = None, *, width: int = 80
) -> str:
    """Return the end of a search, as text of at most ``width`` columns where words allow it.

    Args:
        results: Of the search.
        folder: Where it is, as the user would type it.
        importance: Of the parameters, if anything is known.
        width: Columns.
    """
    way = ", ".join(f"{name} ({way[:3]})" for name, way in zip(results.objectives, results.directions, strict=True))
    blocks = [" · ".join(word for word in (results.name, way, results.sampler) if word)]
    several = len(results.objectives) > 1
    chosen = results.front() if several else results.ranking()
    if chosen:
        blocks += ["", *table(results, chosen[:TOP], width)]
        if len(chosen) > TOP:
            blocks.append(f"{'':12}and {len(chosen) - TOP} more {'on the front' if several else ''}".rstrip())
    pairs = [
        ("trials", counted(results)),
        ("pruning", saved(results)),
        ("noise", judge(results).sentence),
        ("matters", " · ".join(f"{name} {share:.0%}" for name, share in (importance or {}).items() if share >= 0.005)),
        *failures(results, folder),
        ("files", " ".join([f"{folder}/", *files(Path(folder))])),
        *(("next" if index == 0 else "", command) for index, command in enumerate(commands(results, folder))),
    ]
    return "\n".join([*blocks, "", *(line for key, text in pairs if text for line in wrapped(key, text, width))])


def wrapped(key: str, text: str, width: int) -> list[str]:
    """Return a named line; what is too long goes on below, except a command, which is copied as it stands."""
    is_command = text.startswith("runner ")
    room = max(20, width - 12)
    lines = [text] if is_command else textwrap.wrap(text, room, break_on_hyphens=False, break_long_words=False)
    return [f"{key if index == 0 else '':>10}  {line}" for index, line in enumerate(lines)]


def table(results: Results, rows: Sequence[Row], width: int) -> list[str]:
    """Return a head and a line for each trial: parameters in columns, or where these do not fit, below each line."""
    several = len(results.objectives) > 1
    spread = any(len(row.per_seed) > 1 for row in rows)
    heads = ["trial", *(results.objectives if several else ["value"])]
    heads += ["± sd", "n"] if spread and not several else []
    heads += ["confirmed", "± sd", "n"] if results.again else []
    heads += ["epochs", "time"]
    left = [
        [
            f"#{row.number}",
            *map(number, row.values),
            *([number(row.spread()[0]), str(row.spread()[1])] if spread and not several else []),
            *(again(results.again.get(row.number, {})) if results.again else []),
            "-" if row.epochs is None else str(row.epochs),
            duration(row.seconds),
        ]
        for row in rows
    ]
    short_names = names(results.keys)
    columns = [short_names[key] for key in results.keys]
    right = [[short(row.texts[key]) if key in row.texts else "-" for key in results.keys] for row in rows]
    lines = grid([heads, *left], [columns, *right])
    if max(map(len, lines)) <= width:
        return lines
    lines = grid([heads, *left], [[] for _ in range(len(rows) + 1)])
    below = ["", *(parameters(row, results.keys) for row in rows)]
    return [
        line
        for start, text in zip(lines, below, strict=True)
        for line in [start, *textwrap.wrap(text, width, initial_indent=" " * 12, subsequent_indent=" " * 12)]
    ]


def again(values: Mapping[int, float]) -> list[str]:
    """Return the cells of a trial that was trained again."""
    if not values:
        return ["-", "-", "-"]
    mean, sd = mean_and_sd(list(values.values()))
    return [number(mean), number(sd), str(len(values))]


def grid(left: Sequence[Sequence[str]], right: Sequence[Sequence[str]]) -> list[str]:
    """Return cells as lines: the left ones end where their column ends, the right ones begin where it begins."""
    widths = [max(map(len, column)) for column in zip(*left, strict=True)]
    others = [max(map(len, column)) for column in zip(*right, strict=True)]
    return [
        "  ".join(
            [
                *(f"{cell:>{size}}" for cell, size in zip(numbers, [max(10, widths[0]), *widths[1:]], strict=True)),
                *(f"{cell:<{size}}" for cell, size in zip(words, others, strict=True)),
            ]
        ).rstrip()
        for numbers, words in zip(left, right, strict=True)
    ]


def counted(results: Results) -> str:
    """Return how many trials became what."""
    counts = results.counts()
    words = [f"{counts[kind]} {kind}" for kind in KINDS if counts[kind] or kind == "complete"]
    return " · ".join(words) if len(words) == 1 else f"{len(results.rows)}: {' · '.join(words)}"


def saved(results: Results) -> str:
    """Return how much of their training pruned trials have had, if there are any."""
    seeds = int(results.identity.get("seeds") or 1)
    pruned = [row for row in results.rows if row.kind == "pruned" and row.epochs is not None]
    try:
        whole = seeds * sum(int(row.texts.get("epochs", results.facts.get("epochs", ""))) for row in pruned)
    except ValueError:  # nobody has said how long they would have trained
        return ""
    spent = sum(row.epochs or 0 for row in pruned)
    if not pruned:
        return ""
    return f"{spent} of {whole} epochs trained in the trials that were pruned"


def failures(results: Results, folder: str | Path) -> Iterable[tuple[str, str]]:
    """Yield what the first failed trials said, and where their logs are."""
    failed = [row for row in results.rows if row.kind in ("failed", "infeasible")]
    for row in failed[:FAILURES]:
        where = f" ({folder}/{row.run}/log.txt)" if row.run else ""
        yield row.kind, f"#{row.number} {' '.join((row.reason or 'no reason was written down').split())[:200]}{where}"
    if len(failed) > FAILURES:
        yield "", f"and {len(failed) - FAILURES} more: their log.txt tells"


def files(folder: Path) -> list[str]:
    """Return the files of a search that are there."""
    return [name for name in ("results.csv", "best.yaml", "report.html") if (folder / name).is_file()]


def commands(results: Results, folder: str | Path) -> list[str]:
    """Return what to type next: train the winner, look at the report, go on, or go further."""
    name, recipe = shlex.quote(results.name), Path(folder) / "best.yaml"
    lines = [f"runner {shlex.quote(str(recipe))}"] if recipe.is_file() else []
    lines += [f"runner report {name}"]
    if any(not row.is_over for row in results.rows):
        lines.append(f"runner resume {name}")
    elif results.sampler != "grid":
        lines.append(f"runner resume {name} sweep.trials={2 * len(results.rows)}")
    return lines
