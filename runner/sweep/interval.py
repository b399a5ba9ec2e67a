"""All numbers between two ends, both included: ``interval(a,b)``, with whole ones only ``int(interval(a,b))``."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING

from runner.sweep.dimension import Dimension, Value, whole

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import BaseTrial


@dataclass(frozen=True)
class Interval(Dimension):
    """A number, a whole one if both ends are of that type.

    Attributes:
        low, high: The ends.
        log: Equal ratios have equal chances, not equal differences.
        points: How many of it are in a grid, if it is known.
    """

    low: float
    high: float
    log: bool = False
    points: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it has whole numbers only."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def is_finite(self) -> bool:
        """Whether somebody said how many points of it make a grid."""
        return self.points is not None

    @property
    def count(self) -> int | None:
        """How many whole numbers there are; None for all numbers."""
        return int(self.high) - int(self.low) + 1 if self.is_whole else None

    def values(self) -> range:
        """Return all whole numbers."""
        assert self.is_whole
        return range(int(self.low), int(self.high) + 1)

    def grid(self) -> list[Value]:
        """Return points at equal distances, or ratios, with both ends; whole ones are rounded, and each is there once.

        Raises:
            ValueError: Nobody said how many.
        """
        if self.points is None:
            raise ValueError(f"{self.name}: a grid needs to know how many points: tag(grid5, {self.body()})")
        inner = [self._between(step / (self.points - 1)) for step in range(1, self.points - 1)]
        found: list[Value] = [self.low, *(round(value) if self.is_whole else value for value in inner), self.high]
        return list(dict.fromkeys(found))

    def probes(self) -> list[Value]:
        """Return both ends."""
        return [self.low, self.high]

    def place(self, unit: float) -> Value:
        """Return the number at a place in [0, 1)."""
        if self.is_whole:
            return whole(int(self.low), int(self.high), unit, self.log)
        return self._between(unit)

    def _between(self, share: float) -> float:
        if self.log:
            value = exp((1 - share) * log(self.low) + share * log(self.high))
        else:
            value = (1 - share) * self.low + share * self.high  # high - low may be more than a float can be
        return min(max(value, self.low), self.high)

    def texts(self, value: Value) -> tuple[str, ...]:
        """Return the number with as many digits as it takes to be the same one."""
        return (repr(int(value) if self.is_whole else float(value)),)

    def distribution(self) -> BaseDistribution:
        """Return both ends."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if self.is_whole:
            return IntDistribution(int(self.low), int(self.high), log=self.log)
        return FloatDistribution(self.low, self.high, log=self.log)

    def suggest(self, trial: BaseTrial) -> Value:
        """Return a number of it."""
        if self.is_whole:
            return trial.suggest_int(self.name, int(self.low), int(self.high), log=self.log)
        return trial.suggest_float(self.name, self.low, self.high, log=self.log)

    def tags(self) -> list[str]:
        """Return its tags, without conditions."""
        return [*(["log"] if self.log else []), *([f"grid{self.points}"] if self.points else [])]

    def body(self) -> str:
        """Return both ends."""
        ends = f"interval({self.low!r}, {self.high!r})"
        return f"int({ends})" if self.is_whole else ends
