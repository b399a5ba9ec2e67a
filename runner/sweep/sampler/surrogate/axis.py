"""One searched parameter as a number between 0 and 1, for candidates, and as columns, for models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, isclose, log
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Continuous:
    """An interval, linear or logarithmic: 0 and 1 are its ends."""

    low: float
    high: float
    logarithmic: bool
    continuous = True
    columns = 1

    def value(self, unit: float) -> float:
        """Return the value at a place between 0 and 1."""
        if unit <= 0 or unit >= 1:
            return self.high if unit > 0 else self.low  # exactly, whatever the digits of logarithms
        if self.logarithmic:
            found = exp((1 - unit) * log(self.low) + unit * log(self.high))
        else:
            found = (1 - unit) * self.low + unit * self.high
        return min(max(found, self.low), self.high)

    def unit(self, value: Any) -> float | None:
        """Return the place of a value, or None if it lies outside."""
        if not isinstance(value, int | float) or not self.low <= value <= self.high:
            return None
        if self.logarithmic:
            return (log(value) - log(self.low)) / (log(self.high) - log(self.low))
        return (value - self.low) / (self.high - self.low)

    def snap(self, units: Array) -> Array:
        """Return the places that stand for one value each: all of them."""
        return units

    def features(self, units: Array) -> Array:
        """Return one column: the place itself."""
        return units[:, None]


@dataclass(frozen=True)
class Steps:
    """Values in an order, each with an equal share of 0 to 1."""

    values: Sequence[Any]
    continuous = False
    columns = 1

    def value(self, unit: float) -> Any:
        """Return the value at a place between 0 and 1."""
        return self.values[min(int(unit * len(self.values)), len(self.values) - 1)]

    def unit(self, value: Any) -> float | None:
        """Return the middle of a value's share, or None if there is no such value."""
        if isinstance(value, float):  # sums of steps differ in their last digits
            near = (place for place, known in enumerate(self.values) if isclose(known, value, abs_tol=1e-12))
            found = next(near, None)
        else:
            found = self.values.index(value) if value in self.values else None
        return None if found is None else (found + 0.5) / len(self.values)

    def snap(self, units: Array) -> Array:
        """Return the middles of the shares that places lie in."""
        count = len(self.values)
        return (np.minimum(np.floor(units * count), count - 1) + 0.5) / count

    def features(self, units: Array) -> Array:
        """Return one column: 0 for the first value, 1 for the last."""
        count = len(self.values)
        return ((units * count - 0.5) / (count - 1))[:, None]

    def levels(self) -> Array:
        """Return the places of all values."""
        return (np.arange(len(self.values)) + 0.5) / len(self.values)


@dataclass(frozen=True)
class Names(Steps):
    """Values without an order: one column for each, and the same distance between any two."""

    @property
    def columns(self) -> int:  # type: ignore[override]
        """One for each value."""
        return len(self.values)

    def features(self, units: Array) -> Array:
        """Return a column for each value, with sqrt(1/2) in that of the one taken: two of them are 1 apart."""
        count = len(self.values)
        taken = np.minimum(np.floor(units * count), count - 1)
        return np.asarray(np.sqrt(0.5) * (taken[:, None] == np.arange(count)))


@dataclass(frozen=True)
class LogSteps(Steps):
    """Whole numbers on a logarithmic scale: each has the share that its half-open neighbourhood covers."""

    @cached_property
    def _ends(self) -> tuple[float, float]:
        return log(self.values[0] - 0.5), log(self.values[-1] + 0.5)

    def value(self, unit: float) -> int:
        """Return the number at a place between 0 and 1."""
        low, high = self._ends
        return int(min(max(round(exp(low + unit * (high - low))), self.values[0]), self.values[-1]))

    def unit(self, value: Any) -> float | None:
        """Return the place of a number, or None if it lies outside."""
        low, high = self._ends
        return (log(value) - low) / (high - low) if value in self.values else None

    def snap(self, units: Array) -> Array:
        """Return the places of the nearest numbers."""
        low, high = self._ends
        numbers = np.clip(np.rint(np.exp(low + units * (high - low))), self.values[0], self.values[-1])
        return np.asarray((np.log(numbers) - low) / (high - low))

    def features(self, units: Array) -> Array:
        """Return one column: 0 for the first number, 1 for the last, logarithmic between them."""
        low, high = self._ends
        first, last = log(self.values[0]), log(self.values[-1])
        return ((low + units * (high - low) - first) / (last - first))[:, None]

    def levels(self) -> Array:
        """Return the places of all numbers."""
        low, high = self._ends
        return np.asarray((np.log(np.asarray(self.values, dtype=float)) - low) / (high - low))


Axis = Continuous | Steps


def axis(distribution: BaseDistribution) -> Axis:
    """Return the axis of a parameter that has more than one value.

    Choices that are all numbers are put in their order: 32, 64 and 128 have neighbours, as names have not.
    """
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    match distribution:
        case FloatDistribution(step=None):
            return Continuous(distribution.low, distribution.high, distribution.log)
        case FloatDistribution(low=low, high=high, step=float(step)):
            return Steps([low + index * step for index in range(round((high - low) / step) + 1)])
        case IntDistribution(log=True):
            return LogSteps(range(distribution.low, distribution.high + 1))
        case IntDistribution():
            return Steps(range(distribution.low, distribution.high + 1, distribution.step))
        case CategoricalDistribution(choices=choices):
            numbers = [_number(choice) for choice in choices]
            if None in numbers or len(set(numbers)) < len(numbers):
                return Names(choices)
            return Steps([choices[place] for place in np.argsort(np.asarray(numbers, dtype=float))])
    raise TypeError(f"no axis for {distribution!r}")


def _number(choice: Any) -> float | None:
    """Return the number that a choice is or spells, or None: truth values are names."""
    if isinstance(choice, bool) or not isinstance(choice, str | int | float):
        return None
    try:
        number = float(choice)
    except ValueError:
        return None
    return number if np.isfinite(number) else None
