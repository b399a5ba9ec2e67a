"""Scaling of numbers, learned from training rows alone: the same four ways for any table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy
from numpy.typing import NDArray

from runner.dataset.table.table import first

Scale = Literal["standard", "minmax", "log", "box_cox"]
LOWEST: dict[str, tuple[float, str]] = {
    "log": (-1.0, "scale=log takes the logarithm of 1 + x and needs numbers > -1"),
    "box_cox": (0.0, "scale=box_cox needs numbers > 0"),
}
"""What each value has to be larger than, and why."""


@dataclass(frozen=True)
class Scaler:
    """Columns are raised to a power or not, shifted and divided: ``(f(x) - shift) / divisor``.

    Attributes:
        how: "standard": mean 0 and (population) standard deviation 1. "minmax": from 0 to 1. "log": log(1 + x), no
            more. "box_cox": the power transform of Box, Cox, "An Analysis of Transformations", Journal of the Royal
            Statistical Society B 26, 1964, with the most likely exponent, then as "standard". None: as they are.
        names: Of the columns.
        powers: Exponents of "box_cox", [columns].
        shift, divisor: [columns]. Of a constant column the divisor is 1.
    """

    how: Scale | None
    names: tuple[str, ...]
    powers: NDArray[Any]
    shift: NDArray[Any]
    divisor: NDArray[Any]

    @classmethod
    def fit(cls, values: NDArray[Any], how: Scale | None, names: Sequence[str], where: Callable[[int], str]) -> Scaler:
        """Learn from training rows, float64 [n, columns] without gaps; ``where`` names a row for messages."""
        check_range(values, how, names, where)
        zeros, ones = numpy.zeros(len(names)), numpy.ones(len(names))
        if how is None or how == "log":
            return cls(how, tuple(names), ones, zeros, ones)
        powers = ones
        if how == "box_cox":
            powers = numpy.array([exponent(column, name) for column, name in zip(values.T, names, strict=True)])
            values = raised(values, powers)
        with numpy.errstate(over="ignore", invalid="ignore"):  # what comes of it is refused by name, later
            if how == "minmax":
                shift, divisor = values.min(0, initial=numpy.inf), numpy.ptp(values, 0)
            else:
                shift, divisor = values.mean(0), values.std(0)
        return cls(how, tuple(names), powers, shift, numpy.where(divisor == 0, 1.0, divisor))

    def told(self) -> list[str]:
        """Return what is done to a number x of each column, as formulas."""
        if self.how == "log":
            return ["log(1 + x)"] * len(self.names)
        found = []
        for power, shift, divisor in zip(self.powers, self.shift, self.divisor, strict=True):
            value = "x"
            if self.how == "box_cox":
                value = f"(x^{power:.9g} - 1) / {power:.9g}" if power else "log(x)"
            found.append("x" if self.how is None else f"({value} - {shift:.9g}) / {divisor:.9g}")
        return found

    def apply(self, values: NDArray[Any], where: Callable[[int], str]) -> NDArray[Any]:
        """Return rows scaled, float64 [n, columns].

        Raises:
            ValueError: A number is outside of what the scaling is made for; the message has line and column.
        """
        check_range(values, self.how, self.names, where)
        with numpy.errstate(over="ignore", invalid="ignore"):
            if self.how == "log":
                scaled: NDArray[Any] = numpy.log1p(values)
                return scaled
            if self.how == "box_cox":
                values = raised(values, self.powers)
            scaled = (values - self.shift) / self.divisor
            return scaled


def check_range(values: NDArray[Any], how: Scale | None, names: Sequence[str], where: Callable[[int], str]) -> None:
    """Refuse numbers that have no logarithm or power, by line and column."""
    if how not in LOWEST:
        return
    lowest, reason = LOWEST[how]
    low = values <= lowest
    if (row := first(low)) is not None:
        index = int(low[row].argmax())
        raise ValueError(
            f"{where(row)}: {names[index]} is {values[row, index]:g}: {reason}; another dataset.scale, or "
            f"dataset.drop=[{names[index]}]"
        )


def exponent(values: NDArray[Any], name: str) -> float:
    """Return the most likely Box-Cox exponent of positive numbers; 1, which changes nothing, of a constant."""
    from scipy.stats import boxcox

    if (values == values[0]).all():
        return 1.0
    try:
        with numpy.errstate(all="ignore"):
            return float(boxcox(values)[1])
    except (ValueError, RuntimeError, ArithmeticError) as error:
        raise ValueError(f"dataset.scale=box_cox finds no exponent for column {name}: {error}") from None


def raised(values: NDArray[Any], powers: NDArray[Any]) -> NDArray[Any]:
    """Return (x^p - 1) / p of every column, or log(x) where p is 0."""
    from scipy.special import boxcox

    powered: NDArray[Any] = boxcox(values, powers)
    return powered
