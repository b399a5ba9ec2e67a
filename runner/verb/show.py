"""show runs side by side, or a sweep's table; or of a configuration its samples and its learning rate"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from runner.figure.fold import columns
from runner.folder import find, find_any, is_sweep
from runner.history.past import Past
from runner.history.table import brief, folded, printable, terminal_width
from runner.recorded import config, flat
from runner.stream import document
from runner.trust.given import add_trust
from runner.verb._arguments import add_output

EXAMPLE = "runner show dataset=digits dataset.augment.crop=2 schedule=cosine epochs=10"

USAGE = """runner show RUN [RUN ...] [-q] [--json]
       runner show SWEEP [-q] [--json]
       runner show [RECIPE.yaml] dataset=... schedule=... [key=value ...]
                   [--out FILE] [-q] [--json]"""

MAYBE = ("reason", "tags")
"""Lines that are left out if they are empty."""


def main(argv: list[str]) -> int:
    """Print one column for each run; of a configuration, which has an ``=`` or is a recipe, draw the parts."""
    parser = argparse.ArgumentParser(
        usage=USAGE,
        description=__doc__,
        epilog=f"examples: runner show latest; {EXAMPLE}. "
        "RUN and SWEEP: a folder, an id, or the beginning of one; latest: the newest run. Metrics are those of the "
        "best weights; final.valid/loss and its like are of the last epoch, where that is another value.",
        allow_abbrev=False,
    )
    add_output(
        parser,
        quiet="print only the ids of runs, the best trial's of a sweep, or paths of pictures",
        json="print one JSON array, of parts one JSON object",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="the PNG of a part; outputs/show/NAME.png unless told")
    add_trust(parser)
    arguments, words = parser.parse_known_args(argv)
    if any(is_of_a_configuration(word) for word in words):
        from runner.verb._parts import show_parts

        return show_parts(words, arguments)
    flags = [word for word in words if word.startswith("-")]
    if flags or not words:
        parser.error(f"unrecognized arguments: {' '.join(flags)}" if flags else "which run? See also: runner runs")
    if len(words) == 1 and is_name_of_sweep(words[0]):
        return show_sweep(find_any(words[0]), arguments)
    return show_runs(words, arguments)


def is_of_a_configuration(word: str) -> bool:
    """Tell an override and a recipe from a run and a flag."""
    return not word.startswith("-") and ("=" in word or word.endswith((".yaml", ".yml"))) and not Path(word).is_dir()


def is_name_of_sweep(word: str) -> bool:
    """Tell whether a word names a sweep."""
    try:
        return is_sweep(find_any(word))
    except ValueError:
        return False


def show_sweep(folder: Path, arguments: argparse.Namespace) -> int:
    """Print how a sweep stands: its table, as at its end."""
    from runner.sweep.record import place_of, plain, read_place
    from runner.sweep.table import final_text

    try:
        found = read_place(place_of(folder))
    except (ValueError, ConnectionError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        document(plain(*found))
        return 0
    if arguments.quiet:
        best = found[0].best()
        print(f"{folder.name}/{best.run}\n" if best else "", end="")
        return 0
    print(final_text(found[0], os.path.relpath(folder), found[1], width=columns()))
    return 0


def show_runs(references: list[str], arguments: argparse.Namespace) -> int:
    """Print one column for each run."""
    try:
        runs = [Past(folder) for folder in dict.fromkeys(find(reference) for reference in references)]
        for run in runs:
            config(run.folder)  # where it cannot be read, that is what there is to say
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except (TypeError, AttributeError, LookupError) as error:
        print(f"error: {', '.join(references)}: not as a run writes it: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        document([{**run.near, **run.summary, "config": run.config} for run in runs])
        return 0
    if arguments.quiet:
        print("\n".join(run.described["run"] for run in runs))
        return 0
    shown = [rows(run) for run in runs]
    keys = [key for key in shown[0] if key not in MAYBE or any(column[key] for column in shown)]
    table(list(dict.fromkeys([*keys, *(key for column in shown for key in column if key not in MAYBE)])), shown)
    if len(runs) > 1:
        configs = [flat(run.config) for run in runs]
        names = list(dict.fromkeys(key for values in configs for key in values))
        differing = [key for key in names if len({str(values.get(key)) for values in configs}) > 1]
        print("\nconfiguration" if differing else "\nthe configurations are the same")
        table(differing, configs)
    else:
        print_more(runs[0])
    return 0


def rows(run: Past) -> dict[str, Any]:
    """Return the lines of one run."""
    known, summary, environment = run.described, run.summary, run.environment
    commit = (environment.get("git") or {}).get("commit", "-")[:12]
    return {
        "run": known["run"],
        "status": known["status"],
        "reason": summary.get("reason"),
        "tags": list(run.written.tags),
        "begun": run.get("begun"),
        **{group: run.choices.get(group) for group in ("dataset", "model")},
        "objective": known["objective"],
        "value": known["value"],
        "best epoch": summary.get("best_epoch"),
        "epochs": known["epochs"],
        "steps": known["steps"],
        **run.metrics,
        **run.last,
        "seconds": known["seconds"],
        "samples/s": summary.get("samples_per_second"),
        "parameters": environment.get("parameters"),
        "device": environment.get("device"),
        "torch": environment.get("packages", {}).get("torch"),
        "commit": commit,
        "mlflow": summary.get("mlflow_run_id"),
    }


def print_more(run: Past) -> None:
    """Print what has no place in a column: the course of the metrics, where the time went, notes, what was typed."""
    from runner.figure.terminal import levels, spark
    from runner.history.curve import curves

    lines = []
    courses = curves(run.folder)
    size = max(map(len, courses), default=0)
    for name, curve in courses.items():
        values = list(curve.values())
        if len(values) > 1:
            ends = f"{brief(values[0])} .. {brief(values[-1])}"
            lines.append(f"  {name:<{size}}  {spark(values, width=32, glyphs=levels())}  {ends}")
    if lines:
        lines = ["", "by epoch", *lines]
    spent = {name: value for name, value in run.summary.get("seconds", {}).items() if name != "total"}
    if total := sum(spent.values()):
        ranked = sorted(spent.items(), key=lambda item: -item[1])
        shares = " · ".join(f"{name} {value / total:.0%}" for name, value in ranked if value >= total / 100)
        lines += ["", f"time       {shares}"]
    lines += [f"bottleneck {run.summary['bottleneck']}"] if run.summary.get("bottleneck") else []
    lines += [f"changed    {' '.join(run.described['overrides']) or 'nothing: all defaults'}"]
    for moment, text in run.written.notes:
        lines.append(f"note       {time.strftime('%Y-%m-%d %H:%M', time.gmtime(moment))} {text}")
    for line in lines:
        print("\n".join(map(printable, folded(line, columns()))))


def table(keys: list[str], columns: list[dict[str, Any]]) -> None:
    """Print named rows, a column a run; nothing is cut off: columns that do not fit a terminal stand below."""
    texts = [[brief(column.get(key)) for key in keys] for column in columns]
    label = max((len(key) for key in keys), default=0)
    for group in groups([max(map(len, cells), default=0) for cells in texts], label, terminal_width()):
        if group[0]:
            print()
        for index, key in enumerate(keys):
            cells = "  ".join(f"{texts[one][index]:<{max(map(len, texts[one]))}}" for one in group)
            print(printable(f"{key:<{label}}  {cells}".rstrip()))


def groups(widths: list[int], label: int, width: int | None) -> list[list[int]]:
    """Return the numbers of the columns that stand beside each other.

    Args:
        widths: Of the columns.
        label: Width of the names at the left.
        width: Of the terminal; None: there is none, and everything stands side by side.
    """
    found: list[list[int]] = [[]]
    room = 0
    for number, size in enumerate(widths):
        room += size + 2
        if found[-1] and width is not None and label + room > width:
            found.append([])
            room = size + 2
        found[-1].append(number)
    return found if widths else []
