"""One searched parameter: what a choice, an interval and a range have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from random import Random
from typing import TYPE_CHECKING, TypeVar

from hydra.core.override_parser.types import Quote, QuotedString

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import BaseTrial

Value = str | int | float
"""What Optuna stores: a number of an interval or a range, the override's text of a choice."""
Item = TypeVar("Item")


@dataclass(frozen=True)
class Dimension(ABC):
    """A parameter of the search.

    Attributes:
        name: Of its key, without a prefix; of paired keys ``a & b``.
        keys: As they stand in overrides: ``+callback``.
        when: It is active only where each of these other dimensions has one of these values.
    """

    name: str
    keys: tuple[str, ...]
    when: Mapping[str, frozenset[str]] = field(default_factory=dict, kw_only=True)

    @property
    def is_finite(self) -> bool:
        """Whether it has a grid."""
        return True

    @property
    @abstractmethod
    def count(self) -> int | None:
        """How many values it has; None: there is no end of them."""

    @abstractmethod
    def values(self) -> Iterable[Value]:
        """Return all values, if there is an end of them."""

    @abstractmethod
    def grid(self) -> Sequence[Value]:
        """Return the values of a grid, in their order.

        Raises:
            ValueError: It is an interval, and nobody said how many points of it.
        """

    @abstractmethod
    def probes(self) -> Sequence[Value]:
        """Return the values that are worth a check: those that could be wrong one by one, or both ends."""

    @abstractmethod
    def place(self, unit: float) -> Value:
        """Return the value at a place in [0, 1): equal lengths for equal chances."""

    @abstractmethod
    def texts(self, value: Value) -> tuple[str, ...]:
        """Return what stands in the override of each key: text that Hydra reads back."""

    @abstractmethod
    def distribution(self) -> BaseDistribution:
        """Return it as Optuna knows it."""

    @abstractmethod
    def suggest(self, trial: BaseTrial) -> Value:
        """Return the value that a trial has, or is now given."""

    @abstractmethod
    def body(self) -> str:
        """Return it in the grammar of overrides, without tags."""

    def tags(self) -> list[str]:
        """Return its tags, without conditions."""
        return []

    def describe(self) -> str:
        """Return it in the grammar of overrides, always in the same words."""
        conditions = [f"{name}={','.join(sorted(values))}" for name, values in sorted(self.when.items())]
        tags = [*self.tags(), *(QuotedString(text, Quote.double).with_quotes() for text in conditions)]
        return f"tag({', '.join([*tags, self.body()])})" if tags else self.body()


def shuffled(items: Iterable[Item], seed: int | None, name: str) -> list[Item]:
    """Return items in an order that seed and name alone decide; in their own without a seed."""
    found = list(items)
    if seed is not None:
        Random(f"{seed} {name}").shuffle(found)
    return found


def whole(low: int, high: int, unit: float, logarithmic: bool) -> int:
    """Return a whole number at a place in [0, 1): each has an equal share, or that of its neighbourhood's logarithm."""
    if not logarithmic:
        return min(low + int(unit * (high - low + 1)), high)
    first, last = log(low - 0.5), log(high + 0.5)
    return min(max(round(exp(first + unit * (last - first))), low), high)
