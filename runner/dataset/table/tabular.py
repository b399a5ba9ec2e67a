"""From a table to ``Data``: rows without a target go, the rest is split, and only training rows teach anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy
from torch import Tensor

from runner.dataset.data import Data, Named, Splits
from runner.dataset.files import one_file
from runner.dataset.parts import stored, three_way
from runner.dataset.table.fill import Missing
from runner.dataset.table.preparation import Preparation, numbers_of
from runner.dataset.table.resample import Resample, resampled
from runner.dataset.table.scaler import Scale
from runner.dataset.table.separated import read_table
from runner.dataset.table.table import Table, is_number, present
from runner.dataset.table.target import TableTask, Target, read_target

NAMES = 50
"""Different texts up to which a column is taken for categories, even if most rows have one of their own."""


@dataclass(frozen=True)
class Prepared:
    """A table that is split, and what its training rows taught.

    Attributes:
        table: The rows that are used.
        target: Of each of them.
        parts: Positions of the training, validation and test rows.
        preparation: Learned from the training rows.
        source: Where the rows came from and what was left out, for people.
    """

    table: Table
    target: Target
    parts: tuple[Tensor, Tensor, Tensor]
    preparation: Preparation
    source: str

    def part(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Return the inputs and targets of some rows."""
        return self.preparation.apply(self.table.take(positions.numpy())), self.target.values[positions]


def prepare(
    table: Table,
    target: str,
    *,
    task: TableTask | None = None,
    categorical: Sequence[str] | None = None,
    drop: Sequence[str] | None = None,
    missing: Missing = "median",
    scale: Scale | None = "standard",
    valid: float = 0.15,
    test: float = 0.2,
    split_seed: int = 0,
) -> Prepared:
    """Split a table and learn from its training rows; see ``runner.dataset.csv`` for the arguments."""
    numeric, categorical = kinds(table, target, categorical, drop)
    source = table.path
    table, left = kept(table, present(table.column(target, "dataset.target")))
    source += f"; {left} rows without {target} left out" if left else ""
    if missing == "drop":
        whole = numpy.logical_and.reduce([present(table.columns[name]) for name in (*numeric, *categorical)])
        table, left = kept(table, whole)
        source += f"; {left} rows with missing values left out" if left else ""
    for name in numeric:
        numbers_of(table, name)
    found = read_target(table, target, task)
    parts = three_way(found.values, valid, test, split_seed)
    if not len(parts[0]):
        raise ValueError(f"{table.path}: {len(table)} rows leave none to train on: see dataset.valid and dataset.test")
    preparation = Preparation.fit(table.take(parts[0].numpy()), numeric, categorical, missing, scale)
    return Prepared(table, found, parts, preparation, source)


def kept(table: Table, rows: numpy.typing.NDArray[numpy.bool_]) -> tuple[Table, int]:
    """Return the table without the other rows, and how many those are.

    Raises:
        ValueError: None is left.
    """
    if not rows.any():
        raise ValueError(
            f"{table.path}: no row is left: every one lacks a value (see dataset.missing and dataset.drop)"
        )
    left = int((~rows).sum())
    return (table.take(rows), left) if left else (table, 0)


def kinds(
    table: Table, target: str, categorical: Sequence[str] | None, drop: Sequence[str] | None
) -> tuple[list[str], list[str]]:
    """Return the columns to use, numbers and categories.

    Raises:
        ValueError: A column is not there, or it is not clear what it holds.
    """
    table.column(target, "dataset.target")
    for key, names in (("dataset.categorical", categorical or ()), ("dataset.drop", drop or ())):
        for name in names:
            table.column(name, key)
            if name == target:
                raise ValueError(f"{key}=[{name}] is the column to predict, see dataset.target")
    used = [name for name in table.columns if name != target and name not in (drop or ())]
    if not used:
        raise ValueError(f"{table.path} has no column to predict {target} from")
    texts = [name for name in used if table.columns[name].dtype == object]
    chosen = [name for name in used if name in categorical] if categorical is not None else texts
    for name in texts:
        if name not in (categorical or ()):
            check_text(table, name, listed=categorical is not None)
    return [name for name in used if name not in chosen], chosen


def check_text(table: Table, name: str, listed: bool) -> None:
    """Refuse a column of text that nobody said holds categories and that does not look like it.

    Raises:
        ValueError: Some values are numbers; or nearly every row has its own; or the categories are listed elsewhere.
    """
    column = table.columns[name]
    rows = numpy.flatnonzero(present(column))
    numeric = numpy.array([is_number(value) for value in column[rows]], dtype=bool)
    way_out = f"list it in dataset.categorical or in dataset.drop: [{name}]"
    if numeric.any():
        odd = rows[numeric if 2 * numeric.sum() < len(rows) else ~numeric][0]
        others = "texts" if numeric[rows == odd][0] else "numbers"
        raise ValueError(
            f"{table.where(odd)}: {column[odd]!r} in column {name}, whose other values are mostly {others}: "
            f"correct it, or {way_out}"
        )
    distinct = len(set(column[rows]))
    if listed:
        raise ValueError(f"{table.path}: column {name} holds text, {column[rows[0]]!r} for one: {way_out}")
    if distinct > max(NAMES, len(rows) // 2):
        raise ValueError(f"{table.path}: column {name} has {distinct} different texts in {len(rows)} rows: {way_out}")


def data_of(
    name: str,
    prepared: Prepared,
    *,
    resample: Resample | None = None,
    sampling: Literal["balanced"] | None = None,
    split_seed: int = 0,
) -> Data:
    """Return ``Data`` of a prepared table.

    Its ``encode`` applies what the training rows taught to the rows of one other file, which needs the columns that
    the model uses, in any order; a target is not looked at.

    Raises:
        ValueError: Classes are to be balanced, and there are none.
    """
    target = prepared.target
    for key, value in (("resample", resample), ("sampling", sampling)):
        if value and not target.classes:
            raise ValueError(f"dataset.{key}={value} balances classes: the task is regression, so leave it null")

    def load() -> Splits:
        train, valid, test = map(prepared.part, prepared.parts)
        source, count = prepared.source, len(train[0])
        if resample:
            train = resampled(*train, resample, split_seed)
            source += f"; {resample}: {count} training rows became {len(train[0])}"
        return stored(train, valid, test, source)

    def encode(words: Sequence[str]) -> Named:
        table = read_table(one_file(words), text=tuple(prepared.preparation.categories))
        return [{"row": index + 1} for index in range(len(table))], prepared.preparation.apply(table)

    shape = (len(prepared.preparation.features),)
    return Data(
        name,
        shape,
        target.classes,
        load,
        task=target.task,
        sampling=sampling,
        encode=encode,
        preparation=prepared.preparation.told(),
    )
