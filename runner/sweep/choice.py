"""Values without an order: ``a,b,c``; also whole parts, lists, mappings, and values of several keys in pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from runner.sweep.dimension import Dimension, Value, shuffled

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import BaseTrial

PAIRED = " & "
"""Between the texts, and the names, of paired keys: Hydra reads no bare ``&``, so that no two pairs look the same."""


@dataclass(frozen=True)
class Choice(Dimension):
    """One of some values; Optuna knows them by their texts.

    Attributes:
        rows: For each value a text for each key.
        seed: Of a shuffled order, if it is to be one.
    """

    rows: tuple[tuple[str, ...], ...]
    seed: int | None = None

    @cached_property
    def by_text(self) -> dict[Value, tuple[str, ...]]:
        """The rows by the texts that stand for them, in order."""
        return {PAIRED.join(row): row for row in shuffled(self.rows, self.seed, self.name)}

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self.by_text)

    def values(self) -> list[Value]:
        """Return all values."""
        return list(self.by_text)

    grid = probes = values

    def place(self, unit: float) -> Value:
        """Return the value at a place in [0, 1)."""
        return self.values()[int(unit * self.count)]

    def texts(self, value: Value) -> tuple[str, ...]:
        """Return a text for each key."""
        if value not in self.by_text:
            raise ValueError(f"{self.name}={value} is not searched: there is {', '.join(map(str, self.by_text))}")
        return self.by_text[value]

    def distribution(self) -> BaseDistribution:
        """Return all texts."""
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(list(self.by_text))

    def suggest(self, trial: BaseTrial) -> Value:
        """Return one of the texts."""
        return str(trial.suggest_categorical(self.name, list(self.by_text)))

    def body(self) -> str:
        """Return a list; inside of a function Hydra would drop its quotes, so that there is none if none is needed."""
        words = ",".join(PAIRED.join(row) for row in self.rows)
        if len(self.rows) > 1 and self.seed is not None:
            return f"shuffle({words})"
        return words if len(self.rows) > 1 and not self.when else f"choice({words})"
