"""Numbers at equal steps, without the end itself: ``range(start,stop,step)``."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from runner.sweep.dimension import Dimension, Value, shuffled, whole

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import BaseTrial

FEW = 64
"""So many numbers are looked at one by one, of more only both ends."""


@dataclass(frozen=True)
class Range(Dimension):
    """One of some numbers in an order.

    Optuna counts in steps of its own, which differ from Hydra's in the last digits; what a trial gets are Hydra's.

    Attributes:
        numbers: As Hydra counts them: whole ones as ``range``, others one by one.
        step: From one to the next.
        log: Equal ratios have equal chances, not equal differences; for whole numbers without gaps.
        seed: Of a shuffled order, if it is to be one.
    """

    numbers: Sequence[float]
    step: float
    log: bool = False
    seed: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it has whole numbers."""
        return isinstance(self.numbers, range)

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return len(self.numbers)

    @cached_property
    def stored(self) -> Sequence[float]:
        """The numbers as Optuna counts them, in the same order."""
        if self.is_whole:
            return self.numbers
        first, step = _decimal(self.numbers[0]), _decimal(self.step)
        return [float(first + step * index) for index in range(self.count)]

    def values(self) -> list[Value]:
        """Return all numbers."""
        return list(self.stored)

    def grid(self) -> list[Value]:
        """Return all numbers, in the order in which they were asked for."""
        return shuffled(self.values(), self.seed, self.name)

    def probes(self) -> list[Value]:
        """Return all numbers if they are few, else both ends."""
        return self.values() if self.count <= FEW else [self.stored[0], self.stored[-1]]

    def place(self, unit: float) -> Value:
        """Return the number at a place in [0, 1)."""
        if self.log:
            return whole(int(min(self.stored)), int(max(self.stored)), unit, logarithmic=True)
        return self.stored[int(unit * self.count)]

    def index(self, value: Value) -> int:
        """Return the place of a number in the order.

        Raises:
            ValueError: It is none of them.
        """
        index = round((float(value) - float(self.stored[0])) / float(self.step))
        if not 0 <= index < self.count or abs(float(value) - self.stored[index]) > 0.01 * abs(self.step):
            raise ValueError(f"{self.name}={value} is not searched: it is no number of {self.body()}")
        return index

    def texts(self, value: Value) -> tuple[str, ...]:
        """Return Hydra's number."""
        return (str(self.numbers[self.index(value)]),)

    def distribution(self) -> BaseDistribution:
        """Return both ends, which are both numbers of it, and the step."""
        from optuna.distributions import FloatDistribution, IntDistribution

        low, high, step = min(self.stored[0], self.stored[-1]), max(self.stored[0], self.stored[-1]), abs(self.step)
        if self.is_whole:
            return IntDistribution(int(low), int(high), log=self.log, step=int(step))
        with warnings.catch_warnings():  # of half a step too much, which keeps its rounding from losing the last one
            warnings.simplefilter("ignore")
            return FloatDistribution(low, high + step / 2, step=float(step))

    def suggest(self, trial: BaseTrial) -> Value:
        """Return a number of it."""
        low, high, step = min(self.stored[0], self.stored[-1]), max(self.stored[0], self.stored[-1]), abs(self.step)
        if self.is_whole:
            return trial.suggest_int(self.name, int(low), int(high), step=int(step), log=self.log)
        found = trial.suggest_float(self.name, low, high, step=float(step))
        return self.stored[self.index(found)]

    def tags(self) -> list[str]:
        """Return its tags, without conditions."""
        return ["log"] if self.log else []

    def body(self) -> str:
        """Return its first number, the end that is not in it, and the step."""
        first, last = self.numbers[0], self.numbers[-1]
        stop = last + self.step if self.is_whole else float(_decimal(last) + _decimal(self.step) / 2)
        text = f"range({first}, {stop}, {self.step})"
        return text if self.seed is None else f"shuffle({text})"


def _decimal(number: float) -> Decimal:
    """Return a number as it was written, without the digits that a float adds."""
    return Decimal(f"{number:.12g}")
