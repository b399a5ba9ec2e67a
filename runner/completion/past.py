"""What is known of the runs that are there: names to filter, sort and tabulate them by, and the values seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from runner.completion.candidate import Candidate, checkpoints, runs

LOOKED_INTO = 40
"""Of the newest runs, how many are read while somebody waits."""
WORDS = {"tags": "tag", "notes": "note", "overrides": "changes"}
"""The word that people use for one of a list."""
FORM = re.compile(r"([^<>=!~\s]+)(<=|>=|!=|!~|==|=|<|>|~)(.*)", re.DOTALL)


def filters(typed: str) -> Iterator[Candidate]:
    """Yield what a run has to be: a name, one dot at a time, then a value that some run has; or a run's id."""
    if found := FORM.fullmatch(typed):
        yield from values(found[1], found[1] + found[2])
        return
    yield from names(typed, ends=True)
    yield from runs(typed, sweeps=False)


def names(typed: str, ends: bool = False) -> Iterator[Candidate]:
    """Yield names of what is known of runs, one dot at a time; in a list with commas, for its last item.

    Args:
        typed: As far as it is.
        ends: With the sign that comes next: = or, of what is measured, >=.
    """
    head = "" if ends else typed[: typed.rfind(",") + 1]
    head += "-" if typed[len(head) :].startswith("-") else ""  # runner runs --sort -value
    above = typed[len(head) :].rpartition(".")[0]
    for name, value in _everything().items():
        if above and not name.startswith(f"{above}."):
            continue
        part, dot, _ = name[len(above) + 1 if above else 0 :].partition(".")
        word = f"{head}{above}{'.' if above else ''}{part}"
        sign = ">=" if isinstance(value, float) else "="
        yield Candidate(word + ("." if dot else sign if ends else ""), "" if dot or value is None else _shown(value))


def values(name: str, head: str) -> Iterator[Candidate]:
    """Yield the values that runs have under a name, the newest first.

    Args:
        name: As it is typed.
        head: What stands before the value.
    """
    from runner.history.condition import shown

    for run in _newest():
        value = run.get(name)
        for one in value if isinstance(value, list) else [value]:
            if one not in (None, ""):
                yield Candidate(head + shown(one))


def weights(words: list[str], typed: str) -> Iterator[Candidate]:
    """Yield the checkpoints of the run that is named before; of none those that every run has."""
    found = [name for word in words for name in checkpoints(word)]
    yield from map(Candidate, found or ["best", "last"])


def _newest() -> list[Any]:
    from runner.history.past import every_run

    return every_run()[: -LOOKED_INTO - 1 : -1]


def _everything() -> dict[str, Any]:
    """Return every name that a run has, with a value: the word that people use first, and nothing said twice."""
    found: dict[str, Any] = {}
    for run in _newest():
        near = {WORDS.get(name, name): value for name, value in run.near.items()}
        for name, value in {**near, **run.everything}.items():
            if name not in WORDS and not name.startswith("config.") and (name not in found or found[name] is None):
                found[name] = value
    return found


def _shown(value: Any) -> str:
    from runner.history.condition import shown

    return shown(value)[:60]
