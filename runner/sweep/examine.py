"""Checking a search: every trial where they can be counted, and what they are made of where they cannot."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from runner.check.composition import compose_or_explain
from runner.check.examine import Checked, check_file, paths_of, problems_of
from runner.check.meant import for_hydra
from runner.check.output import check_output
from runner.check.override import is_group, read_overrides
from runner.check.problem import Problem
from runner.check.refusal import Refusal
from runner.check.source import locate
from runner.sweep.objective import objectives
from runner.sweep.rules import rules
from runner.sweep.space import Dimension, Point
from runner.sweep.words import Search, read_search, told_of

if TYPE_CHECKING:
    from hydra._internal.config_loader_impl import ConfigLoaderImpl

    from runner.command import Command

SHALLOW, DEEP = 2000, 200
"""How many trials are composed, and how many of them are built, before any starts; of more of them a part that has
each value of everything searched, beside each combination of parts."""


def examine_search(command: Command, loader: ConfigLoaderImpl, deep: bool = True) -> Checked:
    """Compose a search and check it."""
    search, problems = read_search(command, loader)
    words = for_hydra(read_overrides(command.overrides, loader, multirun=True).good, loader, command.name)
    if search is None:
        return Checked(None, words, list(dict.fromkeys(problems)))
    problems += check_output()
    trials = points(search, SHALLOW)
    for values in trials:
        problems += of_trial(search, values, deep=False)
    problems += rules(search)
    if deep and not problems:
        for values in trials if len(trials) <= DEEP else list(corners(search))[:DEEP]:
            problems += of_trial(search, values, deep=True)
    problems += of_objectives(search, trials) if deep and not problems else []
    return Checked(search.cfg, words, list(dict.fromkeys(problems)), search)


def points(search: Search, limit: int) -> list[Point]:
    """Return all trials that there can be, if they are not too many; else some with every value that can be told."""
    space = search.space
    if space.dimensions and all(dimension.is_finite for dimension in space.dimensions):
        found = list(itertools.islice(space.product(), limit + 1))
    elif space.size is not None:
        found = list(itertools.islice(space.everything(), limit + 1))
    else:
        found = []
    return found if 0 < len(found) <= limit else list(itertools.islice(corners(search), limit))


def corners(search: Search) -> Iterator[Point]:
    """Yield every combination of parts, and beside each of them each value of the rest, one at a time."""
    space, composer = search.space, search.composer
    probes = {dimension.name: dimension.probes() for dimension in space.dimensions}
    parts = [d.name for d in space.dimensions if any(is_group(o, search.loader) for o in composer.read(texts_of(d)))]
    rest = [name for name in probes if name not in parts]
    for chosen in itertools.product(*(probes[name] for name in parts)):
        first = dict(zip(parts, chosen, strict=True)) | {name: probes[name][0] for name in rest}
        yield space.restrict(first)
        for name in rest:
            yield from (space.restrict({**first, name: value}) for value in probes[name][1:])


def texts_of(dimension: Dimension) -> list[str]:
    """Return the overrides of a dimension's first value."""
    texts = dimension.texts(dimension.probes()[0])
    return [f"{key}={text}" for key, text in zip(dimension.keys, texts, strict=True)]


def of_trial(search: Search, values: Point, deep: bool) -> list[Problem]:
    """Return what is wrong with one trial, placed at the words that the user typed."""
    overrides = search.composer.read(search.space.overrides(values))
    name, loader = search.command.name, search.loader
    try:
        cfg = search.composer.whole(overrides)
    except Refusal:
        _, _, problems = compose_or_explain(name, [*search.base, *overrides], loader)
    else:
        found = problems_of(cfg, deep) if deep else [*problems_of(cfg, deep=False), *check_file(cfg)]
        found += [] if deep or found else paths_of(cfg)
        problems = locate(found, loader, name, [*search.base, *overrides])
    return [search.as_typed(told_of(problem, overrides, loader)) for problem in problems]


def of_objectives(search: Search, trials: list[Point]) -> list[Problem]:
    """Check that all trials can be compared: they have the same objectives."""
    found: dict[str, str] = {}
    for values in trials[:DEEP]:
        overrides = search.space.overrides(values)
        names = " ".join(
            f"{k} ({v})" for k, v in objectives(search.composer.whole(search.composer.read(overrides))).items()
        )
        found.setdefault(names, " ".join(overrides))
    if len(found) <= 1:
        return []
    words = "; ".join(f"{names} with {overrides}" for names, overrides in found.items())
    return [Problem(f"trials of one search have one objective, these have several: {words}", key="objective")]
