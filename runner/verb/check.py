"""check recipes and overrides without training: names, types, ranges, and whether the parts fit"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from runner.stream import document
from runner.verb._arguments import add_output

if TYPE_CHECKING:
    from runner.check import Problem

EXAMPLE = "runner check recipes/*.yaml optimizer.lr=0.01"


def main(argv: list[str]) -> int:
    """Print a line for each thing checked; exit 2 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="runner check", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("--all", action="store_true", help="every recipe, and every choice of every group by itself")
    add_output(parser, quiet="print only what is wrong", json="print one JSON array")
    arguments, words = parser.parse_known_args(argv)

    from runner.check import report

    results: dict[str, list[Problem]] = {}
    for name, command in _commands(words, arguments.all):
        name, problems = _fitting(name, command) if arguments.all else (name, _check(command))
        absent = arguments.all and bool(problems) and all(_is_no_mistake(problem) for problem in problems)
        results[name] = [] if absent else problems
        word = "skip" if absent else "wrong" if problems else "ok"
        if not (arguments.json or arguments.quiet):
            print(f"{word:<6} {name}{f': {problems[0].message}' if absent else ''}", flush=True)
    found = [problem for problems in results.values() for problem in problems]
    if arguments.json:
        rows = [{"name": n, "ok": not p, "problems": [asdict(one) for one in p]} for n, p in results.items()]
        document(rows, indent=2)
        return 2 if found else 0
    return report(found) if found else 0


COMPANIONS = ("dataset=rows", "dataset=breast_cancer", "dataset=diabetes", "dataset=ratings", "dataset=text")
"""Datasets that a model or a task may be meant for, if it does not fit the default one."""


SEARCHED = ("-m", "optimizer.lr=tag(grid3,log,interval(1e-4,1e-2))")
"""A search, to check how one would search."""


def _fitting(name: str, words: list[str]) -> tuple[str, list[Problem]]:
    """Check a choice by itself, else beside the first dataset that it fits; return what it was checked as."""
    problems = _check(words)
    if name.startswith(("model=", "task=")):
        for companion in COMPANIONS if problems else ():
            if not _check([*words, companion]):
                return f"{name} {companion}", []
    return name, problems


def _is_no_mistake(problem: Problem) -> bool:
    """Tell what a choice lacks here, a GPU or a path that only its user knows, from what is wrong with it."""
    return problem.is_absent_hardware or problem.message.endswith("(it has no default)")


def _check(words: list[str]) -> list[Problem]:
    from runner.configuration import examined

    _, checked = examined(words)
    return checked.problems


def _commands(words: list[str], everything: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield each thing to check: its name, and the command line that would train it."""
    from runner.command import is_recipe
    from runner.home import all_recipes

    recipes = [word for word in words if is_recipe(word)]
    rest = [word for word in words if not is_recipe(word)]
    if everything:
        recipes += [name for name in all_recipes() if name not in recipes]
    for recipe in recipes:
        yield " ".join([recipe, *rest]), [recipe, *rest]
    if everything or not recipes:
        yield " ".join(rest) or "the default configuration", rest
    if everything:
        for choice in _choices(rest):
            yield choice, [*rest, *(SEARCHED if choice.startswith("sweep") else ()), choice]


def _choices(rest: list[str]) -> list[str]:
    from runner.check.facts import GROUPS
    from runner.check.override import INNER, options
    from runner.command import read_command
    from runner.compose import hydra_for

    with hydra_for(read_command(rest)) as loader:
        return [f"{group}={choice}" for group in (*GROUPS, *INNER.values()) for choice in options(loader, group)]
