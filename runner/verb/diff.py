"""show how two runs, or two sweeps, differ; exits like diff: 0 the same, 1 different, 2 trouble"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runner.folder import find_any, is_sweep
from runner.history.difference import PARTS, Changes, Difference, between
from runner.history.past import Past
from runner.history.table import brief, folded, printable, terminal_width
from runner.stream import document
from runner.verb._arguments import add_output

EXAMPLE = "runner diff latest 20261126-114354"

MOST = 200
"""Lines of a patch that are shown."""
GRAPH = 24
"""Columns of a curve."""
ONE_LINE = 80
"""Columns of a line with two values; where these are longer, each has a line of its own."""


def main(argv: list[str]) -> int:
    """Print the parts that differ."""
    parser = argparse.ArgumentParser(
        prog="runner diff",
        description=__doc__,
        epilog=f"example: {EXAMPLE}. As a gate: runner diff A B --only metrics --quiet. Different are two runs by "
        f"{', '.join(PARTS)}; not by how long they took. Metrics are those of the best weights; "
        "final.valid/loss and its like are of the last epoch.",
        allow_abbrev=False,
    )
    parser.add_argument("first", metavar="A", help="a run's or a sweep's folder, its id, its beginning, or latest")
    parser.add_argument("second", metavar="B", help="another one")
    parser.add_argument("--only", metavar="PART[,PART]", help=f"of two runs: {', '.join(PARTS)}")
    parser.add_argument("--whole-patch", action="store_true", help=f"all of a patch of more than {MOST} lines")
    add_output(parser, quiet="print nothing: the exit code tells")
    arguments = parser.parse_args(argv)
    try:
        first, second = find_any(arguments.first), find_any(arguments.second)
        if is_sweep(first) != is_sweep(second):
            kinds = ["a sweep" if is_sweep(folder) else "a run" for folder in (first, second)]
            raise ValueError(f"{arguments.first} is {kinds[0]}, {arguments.second} is {kinds[1]}: nothing to compare")
        parts = chosen(arguments.only, sweeps=is_sweep(first))
        return (of_sweeps if is_sweep(first) else of_runs)(first, second, parts, arguments)
    except (ValueError, ConnectionError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def chosen(only: str | None, sweeps: bool) -> list[str]:
    """Return the parts to compare.

    Raises:
        ValueError: There is no such part.
    """
    from runner.history import searches

    known = searches.PARTS if sweeps else PARTS
    wanted = [part.strip() for part in only.split(",")] if only else list(known)
    if wrong := [part for part in wanted if part not in known]:
        from runner.check.suggest import did_you_mean

        raise ValueError(f"--only {wrong[0]}: no such part{did_you_mean(wrong[0], known)}")
    return wanted


def of_runs(first: Path, second: Path, parts: list[str], arguments: argparse.Namespace) -> int:
    """Compare two runs."""
    runs = Past(first), Past(second)
    found = between(*runs)
    differing = [part for part in parts if part in found.differing()]
    names = [run.described["run"] for run in runs]
    if arguments.json:
        document({"runs": names, **found.plain(), "differing": differing})
    elif not arguments.quiet:
        say(head(names, runs))
        for part in differing:
            say(block(part, found, arguments.whole_patch), whole=part == "code")
        if "metrics" in differing and found.speed:
            say(["", "speed, which does not count", *pairs(found.speed)])
        if not differing:
            print("the same" if len(parts) == len(PARTS) else f"the same in {', '.join(parts)}")
    return 1 if differing else 0


def of_sweeps(first: Path, second: Path, parts: list[str], arguments: argparse.Namespace) -> int:
    """Compare two sweeps."""
    from runner.history.searches import between

    found = between(first, second)
    differing = [part for part in parts if found[part]]
    if arguments.json:
        document({"sweeps": [first.name, second.name], **found, "differing": differing})
    elif not arguments.quiet:
        say([f"A  {first.name}", f"B  {second.name}"])
        for part in differing:
            say(["", part, *pairs(found[part])])
        if not differing:
            print("the same")
    return 1 if differing else 0


def say(lines: Iterable[str], whole: bool = False) -> None:
    """Print lines, folded on a terminal unless they are a patch, which is to be whole."""
    for line in lines:
        for part in [line] if whole else folded(line, terminal_width()):
            print(printable(part))


def head(names: list[str], runs: tuple[Past, Past]) -> list[str]:
    """Return which is which."""
    said = [" ".join(run.described["overrides"]) or "all defaults" for run in runs]
    width = max(map(len, names))
    lines = [f"{letter}  {name:<{width}}  {text}" for letter, name, text in zip("AB", names, said, strict=True)]
    return [part for line in lines for part in folded(line, terminal_width())]


def block(part: str, found: Difference, whole: bool) -> list[str]:
    """Return a part that differs."""
    if part == "code":
        return ["", "code", *code_lines(found, whole)]
    changes: Changes = getattr(found, part)
    lines = ["", part, *pairs(changes, difference=part == "metrics")]
    return [*lines, *course_lines(found)] if part == "metrics" else lines


def pairs(changes: Changes, difference: bool = False) -> list[str]:
    """Return a line for each name with its two values; long ones below each other.

    Args:
        difference: Also say by how much numbers differ.
    """
    texts = [(name, brief(one), brief(two)) for name, (one, two) in changes.items()]
    label = max((len(name) for name, _, _ in texts), default=0)
    fitting = [(one, two) for name, one, two in texts if label + len(one) + len(two) + 18 <= ONE_LINE]
    widths = [max(map(len, column), default=1) for column in zip(*fitting, strict=True)] if fitting else [1, 1]
    lines = []
    for (name, one, two), values in zip(texts, changes.values(), strict=True):
        if (one, two) not in fitting:
            lines += [f"  {name}", f"    A {one}", f"    B {two}"]
            continue
        more = by_how_much(*values) if difference else ""
        lines.append(f"  {name:<{label}}  {one:<{widths[0]}}  {two:<{widths[1]}}  {more}".rstrip())
    return lines


def by_how_much(one: Any, two: Any) -> str:
    """Return the difference of two numbers, with its sign."""
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (one, two))
    return f"{two - one:+.4g}" if numbers else ""


def code_lines(found: Difference, whole: bool) -> list[str]:
    """Return commits and patch."""
    code = found.code
    lines = [f"  commit  {commit[:12] if commit else '-'}" for commit in code.commits]
    lines = lines[:1] if code.commits[0] == code.commits[1] else lines
    patch = code.patch.splitlines()
    lines += [f"  {code.note}"] if code.note else []
    lines += [f"  {line}" for line in (patch if whole else patch[:MOST])]
    if not whole and len(patch) > MOST:
        lines.append(f"  ... and {len(patch) - MOST} more lines: --whole-patch")
    return lines


def course_lines(found: Difference) -> list[str]:
    """Return metrics by epoch, the two under each other on one scale."""
    from runner.figure.terminal import chart, levels

    lines = [] if not found.curves else ["", "curves"]
    label = max(map(len, found.curves), default=0)
    for name, both in found.curves.items():
        values = [list(curve.values()) for curve in both]
        finite = [value for curve in values for value in curve if abs(value) < float("inf")] or [0.0]
        longest = max(map(len, values))
        for letter, curve in zip("AB", values, strict=True):
            width = max(1, round(min(GRAPH, longest) * len(curve) / longest))
            drawn = chart(curve, width=width, height=1, glyphs=levels(), base=min(finite), top=max(finite))[0]
            title = name if letter == "A" else ""
            ends = f"{brief(curve[0])} .. {brief(curve[-1])}"
            lines.append(f"  {title:<{label}}  {letter} {drawn:<{min(GRAPH, longest)}}  {ends}")
    return lines
