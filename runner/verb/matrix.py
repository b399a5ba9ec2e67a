"""try every dataset with every model: two steps each, or the reason why they do not fit"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from runner.durable import write_text
from runner.stream import document
from runner.verb._arguments import add_config_dir, add_output

if TYPE_CHECKING:
    from hydra._internal.config_loader_impl import ConfigLoaderImpl

    from runner.junit import Case
    from runner.matrix.pairs import Pair

EXAMPLE = "runner matrix --dataset digits csv --model mlp cnn --junit matrix.xml"

MARKS = {"ok": "ok", "made": "made", "refused": "-", "FAIL": "FAIL"}
STATES: dict[str, Literal["passed", "skipped", "failed"]] = {
    "ok": "passed", "made": "passed", "refused": "skipped", "FAIL": "failed",
}  # fmt: skip
WIDTH = 80


def main(argv: list[str]) -> int:
    """Print a line for each pair, then a table; exit 1 if a pair failed that was not refused."""
    parser = argparse.ArgumentParser(prog="runner matrix", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("--dataset", nargs="+", metavar="NAME", help="only these; else all")
    parser.add_argument("--model", nargs="+", metavar="NAME", help="only these; else all")
    parser.add_argument("--steps", type=int, default=2, metavar="N", help="updates of the weights")
    parser.add_argument("--junit", type=Path, metavar="FILE.xml", help="write a test report too")
    add_config_dir(parser)
    add_output(parser, quiet="print only what fails", json="print one JSON array instead")
    arguments = parser.parse_args(argv)
    if arguments.steps < 1:
        parser.error(f"--steps must be >= 1, got {arguments.steps}")
    from runner.command import WrongCommand, read_command
    from runner.compose import hydra_for
    from runner.matrix.pairs import try_pairs

    pairs: list[Pair] = []
    try:
        if arguments.junit and not arguments.junit.parent.is_dir():
            raise ValueError(f"--junit {arguments.junit}: there is no folder {arguments.junit.parent}")
        command = read_command(["--config-dir", arguments.config_dir] if arguments.config_dir else [])
        with hydra_for(command) as loader:
            datasets = chosen("dataset", arguments.dataset, loader)
            models = chosen("model", arguments.model, loader)
            for pair in try_pairs(datasets, models, arguments.steps):
                pairs.append(pair)
                if not (arguments.json or arguments.quiet):
                    print(line(pair), flush=True)
    except (WrongCommand, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.junit:
        from runner.junit import junit

        write_text(arguments.junit, junit("matrix", [case(pair) for pair in pairs]))
    if arguments.json:
        from dataclasses import asdict

        document([asdict(pair) for pair in pairs])
    elif arguments.quiet:
        print("".join(f"{text}\n" for text in failures(pairs) if text), end="")
    else:
        print("\n" + "\n".join([*table(pairs, datasets, models), *reasons(pairs), *failures(pairs), "", totals(pairs)]))
    return 1 if any(pair.state == "FAIL" for pair in pairs) else 0


def chosen(group: str, names: list[str] | None, loader: ConfigLoaderImpl) -> list[str]:
    """Return the choices of a group that were asked for, or all.

    Raises:
        ValueError: There is no such choice.
    """
    from runner.check.override import options
    from runner.vocabulary.own import no_choice

    there = options(loader, group)
    for name in names or []:
        if name not in there:
            raise ValueError(no_choice(group, name, there))
    return names or there


def line(pair: Pair) -> str:
    """Return what to say when a pair is done."""
    about = f"  {pair.message}" if pair.state == "FAIL" else ""
    return f"{MARKS[pair.state]:<4}  {pair.seconds:5.1f}s  {pair.dataset} {pair.model}{about}"


def table(pairs: Sequence[Pair], datasets: Sequence[str], models: Sequence[str]) -> list[str]:
    """Return a row for each dataset and a column for each model, in as many tables as the width asks for."""
    marks = {(pair.dataset, pair.model): MARKS[pair.state] for pair in pairs}
    first = max(map(len, datasets))
    blocks: list[list[str]] = []
    room = 0
    for model in models:
        if room < width(model):
            blocks.append([])
            room = WIDTH - first
        blocks[-1].append(model)
        room -= width(model)
    lines: list[str] = []
    for block in blocks:
        lines += ["", " " * first + "".join(f"{model:>{width(model)}}" for model in block)]
        for dataset in datasets:
            cells = "".join(f"{marks[dataset, model]:>{width(model)}}" for model in block)
            lines.append(f"{dataset:<{first}}{cells}")
    return lines[1:]


def width(model: str) -> int:
    """Return the width of a model's column, with two blanks in front."""
    return max(len(model), 4) + 2


def reasons(pairs: Sequence[Pair]) -> list[str]:
    """Return why pairs were refused, each reason once."""
    groups: dict[str, dict[str, list[str]]] = {}
    for pair in pairs:
        if pair.state == "refused":
            reason = pair.message.partition(": ")[2] or pair.message
            groups.setdefault(reason, {}).setdefault(pair.dataset, []).append(pair.model)
    lines = ["", "refused"] if groups else []
    for reason, found in groups.items():
        lines += textwrap.wrap(reason, WIDTH, initial_indent="  ", subsequent_indent="  ")
        same: dict[tuple[str, ...], list[str]] = {}
        for dataset, models in found.items():
            same.setdefault(tuple(models), []).append(dataset)
        for together, datasets in same.items():
            text = f"{' '.join(datasets)} with {' '.join(together)}"
            lines += textwrap.wrap(text, WIDTH, initial_indent="      ", subsequent_indent="        ")
    return lines


def failures(pairs: Sequence[Pair]) -> list[str]:
    """Return what went wrong, the same thing once, with the end of its traceback."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        if pair.state == "FAIL":
            groups.setdefault(pair.message, []).append(pair)
    lines = []
    for found in groups.values():
        names = " ".join(f"{pair.dataset}/{pair.model}" for pair in found)
        lines += ["", *textwrap.wrap(f"FAIL  {names}", WIDTH, subsequent_indent="      ", break_on_hyphens=False)]
        lines += found[0].text.rstrip().splitlines()[-7:]
    return lines


def totals(pairs: Sequence[Pair]) -> str:
    """Return how many pairs went how, and how long it took."""
    counts = {state: sum(pair.state == state for pair in pairs) for state in MARKS}
    words = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    return f"{len(pairs)} pairs in {sum(pair.seconds for pair in pairs):.0f} s: {words}"


def case(pair: Pair) -> Case:
    """Return a pair as a test case."""
    from runner.junit import Case

    text = "random samples: the data are not here" if pair.state == "made" else pair.text
    return Case(pair.dataset, pair.model, STATES[pair.state], pair.seconds, pair.message, text)
