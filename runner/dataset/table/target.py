"""The column to predict: which task it makes, and its values as a tensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy
import torch
from torch import Tensor

from runner.dataset.table.table import Table, first, is_number

TableTask = Literal["classification", "binary", "regression"]
FEW = 20
"""Different whole numbers up to which they are taken for classes."""


@dataclass(frozen=True)
class Target:
    """What is to be predicted.

    Attributes:
        task: The task that fits.
        classes: Their names in order; none for regression.
        values: Labels int64 [n], or numbers float32 [n].
    """

    task: TableTask
    classes: tuple[str, ...]
    values: Tensor


def read_target(table: Table, name: str, task: TableTask | None) -> Target:
    """Return the target of every row; no row lacks it.

    Args:
        table: The rows.
        name: Of the column.
        task: None decides by the values: numbers that are not whole, or more than 20 different ones, make a
            regression; two classes are binary; the rest is classification.

    Raises:
        ValueError: The values do not suit the task.
    """
    column = table.columns[name]
    distinct, labels = numpy.unique(column, return_inverse=True)
    numeric = column.dtype != object
    if task is None and numeric:
        whole = bool((numpy.isfinite(distinct) & (distinct == numpy.round(distinct))).all())
        task = "regression" if not whole or len(distinct) > FEW else None
    if task == "regression":
        return Target(task, (), numbers(table, name))
    if len(distinct) < 2:
        raise ValueError(f"{table.path}: every row has {name}={shown(distinct[0])}: there is nothing to tell apart")
    if len(distinct) == len(column) > 2:
        raise ValueError(
            f"{table.path}: all {len(column)} values of {name} are different: they are no classes; is another column "
            "meant by dataset.target, or is it task=regression?"
        )
    task = task or ("binary" if len(distinct) == 2 else "classification")
    if task == "binary" and len(distinct) != 2:
        raise ValueError(
            f"dataset.task=binary: column {name} of {table.path} has {len(distinct)} classes: use classification"
        )
    return Target(task, tuple(map(shown, distinct)), torch.from_numpy(labels.astype(numpy.int64)))


def numbers(table: Table, name: str) -> Tensor:
    """Return a column as float32 [n].

    Raises:
        ValueError: A value is no finite number; the message has the line.
    """
    column = table.columns[name]
    if column.dtype == object:
        row = first(numpy.array([not is_number(value) for value in column]))
        if row is not None:
            raise ValueError(f"{table.where(row)}: {name} is {column[row]!r}, and task=regression predicts numbers")
    with numpy.errstate(over="ignore"):
        values = column.astype(numpy.float64).astype(numpy.float32)
    if (row := first(~numpy.isfinite(values))) is not None:
        raise ValueError(f"{table.where(row)}: {name} is {column[row]}: a target has to be finite in float32")
    return torch.from_numpy(values)


def shown(value: object) -> str:
    """Return a class as text; whole numbers are written without a point."""
    if not isinstance(value, float):
        return str(value)
    return str(int(value)) if value.is_integer() else repr(float(value))
