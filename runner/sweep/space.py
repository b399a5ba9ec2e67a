"""What a search looks at: every combination of values that could be tried, and how to name, count and draw them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.types import Override

from runner.check.problem import Problem
from runner.sweep.choice import Choice as Choice
from runner.sweep.dimension import Dimension as Dimension
from runner.sweep.dimension import Value as Value
from runner.sweep.interval import Interval as Interval
from runner.sweep.range import Range as Range
from runner.sweep.reading import read_dimensions
from runner.sweep.settings import Settings

if TYPE_CHECKING:
    from numpy.random import Generator
    from optuna.trial import BaseTrial

Point = dict[str, Value]
"""A value for each active dimension, by its name."""


@dataclass(frozen=True)
class Space:
    """Some dimensions, of which those with conditions are active at some points only.

    Attributes:
        dimensions: In the order of the command: the first changes slowest in a grid.
    """

    dimensions: tuple[Dimension, ...] = ()

    @cached_property
    def order(self) -> tuple[Dimension, ...]:
        """The dimensions in the same order, but each after those that it depends on."""
        placed: dict[str, Dimension] = {}
        while len(placed) < len(self.dimensions):
            ready = (d for d in self.dimensions if d.name not in placed and all(name in placed for name in d.when))
            found = next(ready)  # conditions in a circle were refused when the space was read
            placed[found.name] = found
        return tuple(placed.values())

    def active(self, values: Mapping[str, Value]) -> list[Dimension]:
        """Return the dimensions that exist at a point, parents first.

        Args:
            values: May also name dimensions that are not active.
        """
        there: dict[str, Dimension] = {}
        for dimension in self.order:
            if all(name in there and values.get(name) in wanted for name, wanted in dimension.when.items()):
                there[dimension.name] = dimension
        return list(there.values())

    def restrict(self, values: Mapping[str, Value]) -> Point:
        """Return a point without the values of dimensions that are not active there."""
        return {dimension.name: values[dimension.name] for dimension in self.active(values)}

    def suggest(self, trial: BaseTrial) -> Point:
        """Return the point of a trial, asking it for every dimension that is active there."""
        point: Point = {}
        for dimension in self.order:
            if self._is_active(dimension, point):
                point[dimension.name] = dimension.suggest(trial)
        return point

    def overrides(self, values: Mapping[str, Value]) -> list[str]:
        """Return what makes a point of the configuration, ``key=value`` each, in the order of the command."""
        return [
            f"{key}={text}"
            for dimension in self.dimensions
            if dimension.name in values
            for key, text in zip(dimension.keys, dimension.texts(values[dimension.name]), strict=True)
        ]

    def product(self) -> Iterator[Point]:
        """Yield every point of the grid once.

        Raises:
            ValueError: There is an interval, and nobody said how many points of it.
        """
        grids = {dimension.name: dimension.grid() for dimension in self.order}
        return self._product(grids, 0, {})

    def _product(self, grids: Mapping[str, Sequence[Value]], index: int, point: Point) -> Iterator[Point]:
        if index == len(self.order):
            yield point
            return
        dimension = self.order[index]
        if not self._is_active(dimension, point):
            yield from self._product(grids, index + 1, point)
            return
        for value in grids[dimension.name]:
            yield from self._product(grids, index + 1, {**point, dimension.name: value})

    def everything(self) -> Iterator[Point]:
        """Yield every point of a space without intervals of all numbers, whatever its grid is."""
        return self._product({dimension.name: list(dimension.values()) for dimension in self.order}, 0, {})

    @cached_property
    def size(self) -> int | None:
        """How many points there are; None: there is no end of them."""
        parents = {name for dimension in self.order for name in dimension.when}
        return self._size(parents, 0, {})

    def _size(self, parents: Collection[str], index: int, point: Point) -> int | None:
        if index == len(self.order):
            return 1
        dimension = self.order[index]
        if not self._is_active(dimension, point):
            return self._size(parents, index + 1, point)
        if dimension.name not in parents:
            rest = self._size(parents, index + 1, point)
            return None if rest is None or dimension.count is None else rest * dimension.count
        found = 0
        for value in dimension.values():
            more = self._size(parents, index + 1, {**point, dimension.name: value})
            if more is None:
                return None
            found += more
        return found

    def random(self, generator: Generator) -> Point:
        """Return a random point."""
        return self.from_unit(generator.random(len(self.dimensions)).tolist())

    def from_unit(self, units: Sequence[float]) -> Point:
        """Return the point at a place of the unit cube: a number in [0, 1) for each dimension, active or not."""
        place = {dimension.name: unit for dimension, unit in zip(self.dimensions, units, strict=True)}
        point: Point = {}
        for dimension in self.order:
            if self._is_active(dimension, point):
                point[dimension.name] = dimension.place(place[dimension.name])
        return point

    def describe(self) -> dict[str, str]:
        """Return each dimension in the grammar of overrides, always in the same words, by its name."""
        return {dimension.name: dimension.describe() for dimension in self.dimensions}

    @staticmethod
    def _is_active(dimension: Dimension, point: Point) -> bool:
        """Tell whether a dimension exists where its parents, if they do, have these values."""
        return all(point.get(name) in wanted for name, wanted in dimension.when.items())


def read_space(
    overrides: Sequence[Override], settings: Settings, loader: ConfigLoaderImpl, fixed: Collection[str] = ()
) -> tuple[Space, list[Problem]]:
    """Return the space of a search, and what is wrong with the words for it.

    Args:
        overrides: The command's, searched or not: what is not decides the conditions on it.
        settings: Of the search; its ``space`` and ``zip`` are read too.
        loader: Hydra's, set up for the command.
        fixed: Names of keys that are not searched, whatever ``settings.space`` says.
    """
    dimensions, problems = read_dimensions(overrides, settings, loader, fixed)
    return Space(tuple(dimensions)), problems
