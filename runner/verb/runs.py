"""list runs: filtered, sorted, in columns of your choice; newest last"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import Any

from runner.folder import OUTPUTS
from runner.history.condition import check_names, matching, read_condition
from runner.history.order import ordered, since
from runner.history.past import Past, every_run
from runner.history.table import as_csv, as_lines, as_markdown, brief, folded, printable, terminal_width
from runner.stream import document
from runner.verb._arguments import add_output

EXAMPLE = "runner runs 'test/accuracy>0.9' model=mlp --sort -value --last 10"

CLOSING = f"""example: {EXAMPLE}.
A FILTER is a name, one of = != < <= > >= ~ (contains) and a value, or the beginning of an id. Names: run, status,
value, begun, sweep, tag, note, any metric (valid/loss is of the best weights, final.valid/loss of the last
epoch), any key of the configuration (optimizer.lr, model._target_), a group (model=mlp), device, seconds.data ...; all
of them: --names."""

COLUMNS = ("run", "status", "objective", "value", "epochs", "seconds", "begun", "dataset", "model", "tags", "overrides")
"""Of a table for a spreadsheet or a pull request, unless told."""


def main(argv: list[str]) -> int:
    """Print a line for each run, and one for all the trials of a sweep."""
    parser = argparse.ArgumentParser(prog="runner runs", description=__doc__, epilog=CLOSING, allow_abbrev=False)
    parser.add_argument("filters", nargs="*", metavar="FILTER", help="what a run has to be, see below; all of them")
    parser.add_argument("--sort", metavar="NAME[,NAME]", help="by these; -NAME: from high to low. Else by age")
    parser.add_argument("--last", type=int, metavar="N", help="of those that match, the N newest")
    parser.add_argument("--top", type=int, metavar="N", help="of what is sorted, the first N")
    parser.add_argument("--since", metavar="AGE", help="begun in the last 2d, 3h ..., or since a date of UTC")
    parser.add_argument("--columns", metavar="NAME,NAME", help="these, after the run's id")
    parser.add_argument(
        "--all", action="store_true", help="a line for each trial of a sweep too, as when runs are asked for"
    )
    parser.add_argument("--names", action="store_true", help="print what can be asked for, and an example of each")
    add_output(parser, quiet="print ids only, one a line", json="print one JSON array, trials of sweeps included")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--csv", action="store_true", help="print comma-separated values, trials of sweeps included")
    kind.add_argument("--md", action="store_true", help="print a table of Markdown")
    arguments = parser.parse_intermixed_args(joined(argv))
    if arguments.json and (arguments.csv or arguments.md):
        parser.error("--json, --csv and --md: take one of them")
    columns = words(arguments.columns)
    try:
        runs, count = chosen(arguments)
        check_names(columns, runs)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.names:
        print_names(runs, as_json=arguments.json)
    elif arguments.quiet and not arguments.json:
        print("".join(f"{run.get('run')}\n" for run in runs), end="")
    elif arguments.json:
        document([picked(run, ["run", *columns]) if columns else run.near for run in runs])
    elif arguments.csv:
        names = unique(["run", *columns] if columns else COLUMNS)
        print(as_csv(names, [picked(run, names) for run in runs]), end="")
    elif not count:
        print(f"no runs in {OUTPUTS}/ yet: type runner to train the first")
    elif not runs:
        print(f"none of {count} runs matches")
    else:
        asked = arguments.all or arguments.filters or arguments.sort or arguments.last or arguments.top
        shown = runs if asked else [run for run in runs if run.sweep is None]
        if arguments.md:
            names = unique(["run", *columns] if columns else COLUMNS)
            print(printable(as_markdown(names, [picked(run, names) for run in shown])), end="")
        else:
            print_lines(shown, columns)
            print_sweeps(runs, shown)
    return 0


def joined(argv: list[str]) -> list[str]:
    """Return the words with ``--sort -value`` as one: a value that begins with a dash looks like a flag."""
    words, rest = [], list(argv)
    while rest:
        word = rest.pop(0)
        words.append(f"--sort={rest.pop(0)}" if word == "--sort" and rest and rest[0][:1] == "-" else word)
    return words


def words(text: str | None) -> list[str]:
    """Return names that are separated by commas."""
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def unique(names: Any) -> list[str]:
    return list(dict.fromkeys(names))


def chosen(arguments: argparse.Namespace) -> tuple[list[Past], int]:
    """Return the runs that are asked for, and how many there are.

    Raises:
        ValueError: Something is asked for that cannot be.
    """
    for name in ("last", "top"):
        if (count := getattr(arguments, name)) is not None and count < 1:
            raise ValueError(f"--{name} must be >= 1, got {count}")
    conditions = [read_condition(word) for word in arguments.filters]
    every = every_run()
    runs = matching(conditions, every)
    if arguments.since:
        moment = since(arguments.since)
        runs = [run for run in runs if run.begun >= moment]
    runs = runs[-arguments.last :] if arguments.last else runs
    if keys := words(arguments.sort):
        check_names([key.removeprefix("-") for key in keys], every)
        runs = ordered(runs, keys)
    return runs[: arguments.top] if arguments.top else runs, len(every)


def picked(run: Past, names: list[str]) -> dict[str, Any]:
    """Return what is known of a run under some names."""
    return {name: run.get(name) for name in names}


def print_lines(runs: list[Past], columns: list[str]) -> None:
    """Print a head, and a line for each run."""
    if not runs:
        return
    width = terminal_width()
    if columns:
        names = unique(["run", *columns])
        lines = as_lines(names, [picked(run, names) for run in runs], width)
    else:
        lines = table(runs, width)
    for line in lines:
        print(printable(line))


def table(runs: list[Past], width: int | None) -> list[str]:
    """Return a head and lines: what a run is and what came out, and then in words what is special about it."""
    size = max(len(run.described["run"]) for run in runs)
    head = f"{'run':<{size}}  {'status':<11}  {'value':>8}  {'epochs':>6}  {'seconds':>8}  objective and changes"
    lines = folded(head, width)
    for run in runs:
        row = run.described
        value = f"{row['value']:.4f}" if row["value"] is not None else "-"
        seconds = f"{row['seconds']:.1f}" if row["seconds"] is not None else "-"
        words = [word for word in row["overrides"] if not word.startswith("debug=")]
        words = [*([f"(debug={run.debug})"] if run.debug else []), *words]
        about = [str(row["objective"] or ""), *words, *(f"#{tag}" for tag in run.written.tags)]
        about += [f'"{run.written.texts[-1]}"'] if run.written.texts else []
        numbers = f"{value:>8}  {row['epochs']:>6}  {seconds:>8}"
        lines += folded(f"{row['run']:<{size}}  {row['status']:<11}  {numbers}  {' '.join(about)}", width)
    return lines


def print_sweeps(runs: list[Past], shown: list[Past]) -> None:
    """Print a line for each sweep whose trials are not shown."""
    hidden = {run.folder for run in runs} - {run.folder for run in shown}
    for name, count in Counter(run.sweep.name for run in runs if run.folder in hidden and run.sweep).items():
        counted = "1 run" if count == 1 else f"{count} runs"
        print(f"sweep {name}: {counted}, see runner show {name}, or runner runs --all")


def print_names(runs: list[Past], as_json: bool) -> None:
    """Print every name that some run has, with a value."""
    found: dict[str, Any] = {}
    for run in runs:
        found |= {name: value for name, value in run.everything.items() if value is not None or name not in found}
    if as_json:
        document(found)
        return
    rows = [{"name": name, "example": brief(found[name])} for name in sorted(found) if not name.startswith("config.")]
    for line in as_lines(["name", "example"], rows, terminal_width()):
        print(printable(line))
