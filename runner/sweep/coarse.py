"""A cheap stage first: short trainings spread over the whole space, then a search where those went well.

Each stage is a search of its own, ``<name>-coarse`` and ``<name>``, and continues as any other.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hydra._internal.config_loader_impl import ConfigLoaderImpl

from runner.check import report
from runner.command import Command
from runner.sweep.choice import Choice
from runner.sweep.dimension import Dimension, Value
from runner.sweep.duration import seconds
from runner.sweep.interval import Interval
from runner.sweep.range import Range
from runner.sweep.space import Space
from runner.sweep.words import Search


@dataclass(frozen=True)
class Coarse:
    """The settings ``sweep.coarse_to_fine``.

    Args:
        trials: Of the cheap stage, spread evenly.
        epochs: Share of a training's epochs that each of them gets.
        keep: Share of them that counts as having gone well.
    """

    trials: int = 16
    epochs: float = 0.25
    keep: float = 0.25

    def __post_init__(self) -> None:
        if not (self.trials >= 2 and 0 < self.epochs <= 1 and 0 < self.keep <= 1):
            raise ValueError(f"trials is 2 or more, epochs and keep are shares of 1, got {self}")


def search_twice(command: Command, loader: ConfigLoaderImpl, asked: Search) -> int:
    """Do both stages, or what is left of them, and return the exit code."""
    from runner.sweep.examine import examine_search
    from runner.sweep.search import search

    name = asked.folder().name
    first = replace(command, overrides=coarse_words(command.overrides, asked, name))
    checked = examine_search(first, loader, deep=False)
    if checked.problems or checked.search is None:
        return report(checked.problems)
    begun = time.monotonic()
    code = search(first, loader, checked.search)
    if code not in (0, 1) or (code and asked.settings.fail_fast) or not is_over(checked.search):
        return code
    good = went_well(checked.search, Coarse(**asked.settings.coarse_to_fine or {}).keep)
    words = fine_words(command.overrides, narrowed(asked.space, good), name)
    if budget := seconds(asked.settings.budget):
        words = (*words, f"sweep.budget={max(1.0, budget - (time.monotonic() - begun)):.1f}")
    second = replace(command, overrides=words)
    checked = examine_search(second, loader, deep=False)
    if checked.problems or checked.search is None:
        return report(checked.problems)
    return search(second, loader, checked.search)


OF_THE_STAGE = ("sweep.coarse_to_fine", "sweep.name")
OF_THE_FINE_STAGE = (
    "epochs",
    "expect",
    "sweep.confirm",
    "sweep.seeds",
    "sweep.trials",
    "sweep.sampler",
    "sweep/pruner",
)


def coarse_words(words: Sequence[str], asked: Search, name: str) -> tuple[str, ...]:
    """Return the overrides of the cheap stage."""
    coarse = Coarse(**asked.settings.coarse_to_fine or {})
    epochs = max(1, round(coarse.epochs * asked.cfg.epochs))
    return (
        *without(words, (*OF_THE_STAGE, *OF_THE_FINE_STAGE)),
        f"epochs={epochs}",
        "sweep.sampler._target_=runner.sweep.sampler.qmc.qmc",
        "sweep/pruner=none",
        f"sweep.trials={coarse.trials}",
        "sweep.seeds=1",
        "sweep.confirm=null",
        "sweep.coarse_to_fine=null",
        "expect=null",
        f"sweep.name={name}-coarse",
    )


def fine_words(words: Sequence[str], space: Space, name: str) -> tuple[str, ...]:
    """Return the overrides of the second stage: the same keys, each where it went well."""
    single = [dimension for dimension in space.dimensions if len(dimension.keys) == 1]
    keys = tuple(dimension.keys[0] for dimension in single)
    return (
        *(word for word in without(words, OF_THE_STAGE) if word.partition("=")[0] not in keys),
        *(f"{dimension.keys[0]}={dimension.describe()}" for dimension in single),
        "sweep.coarse_to_fine=null",
        f"sweep.name={name}",
    )


def without(words: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Return overrides without those of some keys, or of keys inside them."""

    def names(word: str) -> bool:
        key = word.partition("=")[0]
        return any(key == own or key.startswith(f"{own}.") for own in keys)

    return [word for word in words if not names(word)]


def is_over(asked: Search) -> bool:
    """Tell whether every trial of a search has come to an end; one that is stopped early has not."""
    from runner.sweep.record import place_of, studies

    study, _ = studies(place_of(asked.folder().absolute()))
    over = sum(trial.state.is_finished() for trial in study.get_trials(deepcopy=False))
    return over >= (asked.settings.trials or 0)


def went_well(asked: Search, keep: float) -> list[dict[str, Value]]:
    """Return the values of the best trials of a search that is over."""
    from runner.sweep.record import place_of, studies
    from runner.sweep.results import read_results

    study, _ = studies(place_of(asked.folder().absolute()))
    ranking = read_results(study).ranking()
    best = ranking[: max(2, math.ceil(keep * len(ranking)))]
    trials = study.get_trials(deepcopy=False)
    return [dict(trials[row.number].params) for row in best]


def narrowed(space: Space, good: Sequence[Mapping[str, Value]]) -> Space:
    """Return the part of a space that holds the good points, with room around them; what none of them has stays."""
    smaller: dict[str, Dimension] = {}
    for dimension in space.order:
        values = [point[dimension.name] for point in good if dimension.name in point]
        found = around(dimension, values) if values else dimension
        when = {}
        for name, wanted in dimension.when.items():  # of a parent's values some may be gone
            parent = smaller.get(name)
            left = wanted & set(parent.values()) if isinstance(parent, Choice) else wanted
            when[name] = frozenset(map(str, left))
        if all(when.values()):
            smaller[dimension.name] = replace(found, when=when)
    return Space(tuple(smaller[d.name] for d in space.dimensions if d.name in smaller))


def around(dimension: Dimension, values: Sequence[Value]) -> Dimension:
    """Return a dimension that holds some values, and on each side half of what lies between them, at least a tenth."""
    if isinstance(dimension, Choice):
        return replace(dimension, rows=tuple(dimension.by_text[v] for v in dimension.values() if v in values))
    if isinstance(dimension, Range):
        index = sorted(dimension.index(value) for value in values)
        beside = max(1, (index[-1] - index[0]) // 2)
        return replace(dimension, numbers=dimension.numbers[max(0, index[0] - beside) : index[-1] + beside + 1])
    assert isinstance(dimension, Interval)
    ends = [float(dimension.low), float(dimension.high), *map(float, values)]
    low, high, *places = map(math.log, ends) if dimension.log else ends
    room = max((max(places) - min(places)) / 2, (high - low) / 10)
    inner = max(low, min(places) - room), min(high, max(places) + room)
    first, last = map(math.exp, inner) if dimension.log else inner
    if dimension.is_whole:
        return replace(dimension, low=max(dimension.low, math.floor(first)), high=min(dimension.high, math.ceil(last)))
    return replace(dimension, low=max(dimension.low, first), high=min(dimension.high, last))
