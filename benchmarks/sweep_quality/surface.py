"""A table of trainings as a task for searchers: what a trial with these values would have scored, epoch by epoch.

Between the points of the table every epoch's score is interpolated linearly along each axis, so that no value lies
above that of the best point: the optimum is known exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log, prod
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent

Value = str | int | float


@dataclass(frozen=True)
class Axis:
    """One searched key.

    Attributes:
        key: As on the command line.
        points: Of the table, at equal distances (of the logarithms, if ``log``); or words.
        log: Distances are of logarithms.
        whole: Values are whole numbers.
    """

    key: str
    points: tuple[Value, ...]
    log: bool = False
    whole: bool = False

    @property
    def words(self) -> bool:
        """Whether it is a choice of words, and nothing lies between two points."""
        return isinstance(self.points[0], str)

    def place(self, value: Value) -> float:
        """Return where a value lies, from 0 at the first point to n - 1 at the last.

        Raises:
            ValueError: It lies outside.
        """
        if self.words:
            if value not in self.points:
                raise ValueError(f"{self.key}={value} is not in {', '.join(map(str, self.points))}")
            return float(self.points.index(value))
        low, high, at = (log(float(x)) if self.log else float(x) for x in (self.points[0], self.points[-1], value))
        share = (at - low) / (high - low)
        if not -1e-9 <= share <= 1 + 1e-9:
            raise ValueError(f"{self.key}={value} is not between {self.points[0]} and {self.points[-1]}")
        return min(max(share, 0.0), 1.0) * (len(self.points) - 1)


def spaced(key: str, low: float, high: float, count: int, *, log: bool = False, whole: bool = False) -> Axis:
    """Return an axis of so many points from ``low`` to ``high``."""
    if log:
        points = [low * (high / low) ** (step / (count - 1)) for step in range(count)]
    else:
        points = [low + (high - low) * step / (count - 1) for step in range(count)]
    points[-1] = high
    return Axis(key, tuple(round(x) if whole else x for x in points), log, whole)


@dataclass(frozen=True)
class Surface:
    """A task with one training seed.

    Attributes:
        axes: The searched keys.
        curves: float64 [points of each axis..., epochs].
    """

    axes: tuple[Axis, ...]
    curves: NDArray[Any]

    @property
    def epochs(self) -> int:
        return int(self.curves.shape[-1])

    @cached_property
    def optimum(self) -> float:
        """The best value that there is: of the best epoch of the best point."""
        return float(self.curves.max())

    @cached_property
    def best(self) -> dict[str, Value]:
        """The point with the best value."""
        place = numpy.unravel_index(self.curves.argmax(), self.curves.shape)
        return {axis.key: axis.points[int(at)] for axis, at in zip(self.axes, place, strict=False)}

    def curve(self, values: Mapping[str, Value]) -> NDArray[Any]:
        """Return what a training with these values scores after each epoch, float64 [epochs].

        Args:
            values: A value for each axis, by its key.
        """
        found = self.curves
        for axis in self.axes:  # each turn takes the first axis away
            place = axis.place(values[axis.key])
            low = min(int(place), len(axis.points) - 2) if len(axis.points) > 1 else 0
            share = place - low
            found = found[low] if share == 0 else found[low + 1] if share == 1 else _between(found, low, share)
        return found

    def value(self, values: Mapping[str, Value]) -> float:
        """Return the value of a trial: its best epoch's score, as a run's ``summary.json`` has it."""
        return float(self.curve(values).max())


def _between(table: NDArray[Any], low: int, share: float) -> NDArray[Any]:
    found: NDArray[Any] = table[low] + share * (table[low + 1] - table[low])
    return found


def save(path: Path, curves: NDArray[Any], scale: int) -> None:
    """Write the curves of all training seeds, [seeds, points of each axis..., epochs], as whole numbers of 1/scale."""
    whole = numpy.rint(numpy.asarray(curves, dtype=numpy.float64) * scale).astype(numpy.int32)
    steps = numpy.diff(whole, axis=-1, prepend=0).astype(numpy.int16 if scale < 2**15 else numpy.int32)
    with path.open("wb") as file:
        numpy.savez_compressed(file, steps=steps, scale=scale)


def load(path: Path, axes: Sequence[Axis]) -> list[Surface]:
    """Return a surface for each training seed.

    Raises:
        ValueError: The table was made over other axes.
    """
    with numpy.load(path) as file:
        curves = file["steps"].cumsum(axis=-1, dtype=numpy.int64) / int(file["scale"])
    expected = tuple(len(axis.points) for axis in axes)
    if curves.shape[1:-1] != expected:
        found = curves.shape[1:-1]
        raise ValueError(f"{path.name} is over {found}, not {expected}: python -m benchmarks.sweep_quality build")
    return [Surface(tuple(axes), one) for one in curves]


def points(axes: Sequence[Axis]) -> int:
    """Return how many points a table over these axes has."""
    return prod(len(axis.points) for axis in axes)
