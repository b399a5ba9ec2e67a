"""From a table to numbers that a network can take: gaps filled, numbers scaled, categories one-hot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from runner.dataset.table.fill import Missing, interpolated, most_frequent, number_for
from runner.dataset.table.scaler import Scale, Scaler
from runner.dataset.table.table import Table, first, is_number, present


@dataclass(frozen=True)
class Preparation:
    """What was learned from the training rows, to be applied to any rows.

    Attributes:
        missing: What is done about gaps.
        numbers: What takes the place of a missing number, by column.
        categories: The texts of each column of categories, in alphabetical order.
        modes: The most frequent of them.
        scaler: Of the numbers.
    """

    missing: Missing
    numbers: dict[str, float]
    categories: dict[str, tuple[str, ...]]
    modes: dict[str, str]
    scaler: Scaler

    @classmethod
    def fit(
        cls, table: Table, numeric: Sequence[str], categorical: Sequence[str], missing: Missing, scale: Scale | None
    ) -> Preparation:
        """Learn from training rows.

        Args:
            table: The rows.
            numeric, categorical: Names of the columns to use, of each kind.
            missing: See ``number_for``; a missing category becomes the most frequent one.
            scale: See ``Scaler``.

        Raises:
            ValueError: A column has no value in these rows.
        """
        for name in (*numeric, *categorical):
            if not present(table.columns[name]).any():
                raise ValueError(
                    f"{table.path}: column {name} has no value in the training rows: dataset.drop=[{name}]"
                )
        columns = {name: table.columns[name] for name in (*numeric, *categorical)}
        fills = {name: number_for(columns[name][present(columns[name])], missing) for name in numeric}
        texts = {name: columns[name][present(columns[name])].tolist() for name in categorical}
        categories = {name: tuple(sorted(set(values))) for name, values in texts.items()}
        modes = {name: most_frequent(values) for name, values in texts.items()}
        values = filled(table, fills, missing)
        return cls(missing, fills, categories, modes, Scaler.fit(values, scale, list(numeric), table.where))

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the numbers that come out: columns of numbers first, then ``column=category``."""
        hot = [f"{name}={category}" for name, known in self.categories.items() for category in known]
        return (*self.numbers, *hot)

    def told(self) -> str:
        """Return how a row becomes numbers, column by column, in words."""
        gap = {"drop": "never", "interpolate": "lies between its neighbours in the file"}
        numbers = [
            f"{name!r} as {scaled} (a missing x: {gap.get(self.missing, f'{self.numbers[name]:.9g}')})"
            for name, scaled in zip(self.numbers, self.scaler.told(), strict=True)
        ]
        hot = [
            f"{name!r} as {len(known)} numbers, 1 where x is the text, else 0: {', '.join(map(repr, known))} "
            f"(a missing x: {'never' if self.missing == 'drop' else repr(self.modes[name])})"
            for name, known in self.categories.items()
        ]
        return "the columns of a row x, in order: " + "; ".join(numbers + hot)

    def apply(self, table: Table) -> Tensor:
        """Return rows as float32 [n, features]; a category that was not learned is all zeros.

        Raises:
            ValueError: A column is not there, or holds what it should not; the message has the line.
        """
        for name in (*self.numbers, *self.categories):
            table.column(name, "column")
        if self.missing == "drop":
            refuse_gaps(table, (*self.numbers, *self.categories))
        parts = [self.scaler.apply(filled(table, self.numbers, self.missing), table.where)]
        for name, known in self.categories.items():
            values = [self.modes[name] if value is None else value for value in table.columns[name]]
            parts.append(numpy.array(values, dtype=object)[:, None] == numpy.array(known, dtype=object)[None])
        with numpy.errstate(over="ignore"):
            rows = numpy.concatenate(parts, axis=1, dtype=numpy.float32, casting="unsafe")
        strange = ~numpy.isfinite(rows)
        if (row := first(strange)) is not None:
            column = self.features[int(strange[row].argmax())]
            raise ValueError(f"{table.where(row)}: {column} is too large or too small for float32")
        return torch.from_numpy(rows)


def numbers_of(table: Table, name: str) -> NDArray[Any]:
    """Return a column of numbers.

    Raises:
        ValueError: There is a text, or an infinite number, in it; the message has the line.
    """
    column = table.columns[name]
    if column.dtype == object:
        row = first(numpy.array([value is not None and not is_number(value) for value in column], dtype=bool))
        if row is not None:
            raise ValueError(f"{table.where(row)}: {column[row]!r} in column {name}, which holds numbers elsewhere")
        column = numpy.array([numpy.nan if value is None else float(value) for value in column])
    if (row := first(numpy.isinf(column))) is not None:
        raise ValueError(f"{table.where(row)}: {name} is {column[row]}: leave it empty if it is not known")
    return column


def filled(table: Table, fills: dict[str, float], missing: Missing) -> NDArray[Any]:
    """Return the numeric columns without gaps, float64 [n, columns].

    "interpolate" looks at the neighbours among these rows only, by their line in the file: rows of another part lend
    nothing. A column without any value here gets what was learned.
    """
    values = numpy.empty((len(table), len(fills)))
    for index, (name, number) in enumerate(fills.items()):
        column = numbers_of(table, name)
        column = interpolated(column, table.lines) if missing == "interpolate" else column
        values[:, index] = numpy.where(numpy.isnan(column), number, column)
    return values


def refuse_gaps(table: Table, names: Sequence[str]) -> None:
    """Refuse missing values where rows that have some were dropped.

    Raises:
        ValueError: There is one; the message has the line.
    """
    for name in names:
        if (row := first(~present(table.columns[name]))) is not None:
            raise ValueError(f"{table.where(row)}: {name} is missing, and dataset.missing=drop learned nothing for it")
