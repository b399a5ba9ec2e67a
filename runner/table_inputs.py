"""Tables of a user's as inputs for a model that was trained on others like them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import Tensor

from runner.dataset import ratings
from runner.dataset.data import Rows
from runner.dataset.separated import first_row, read_table
from runner.dataset.table import Table, is_number

Named = tuple[list[dict[str, object]], Tensor | Rows]
"""For each sample the columns that name it, and the inputs as the dataset would have stored them."""


def table(words: Sequence[str], encode: Callable[[str], Tensor]) -> Named:
    """Return the rows of a table, float32 [n, features].

    Args:
        words: One file, with the columns that the model uses.
        encode: Of the dataset.
    """
    rows = encode(one_file(words))
    return [{"row": index + 1} for index in range(len(rows))], rows


def pairs(words: Sequence[str], keys: dict[str, Any]) -> Named:
    """Return pairs of a user and an item, int64 [n, 2], by the numbers that ``runner.dataset.ratings`` gave them.

    Args:
        words: One file with columns of users and items, called as in training, or without a header the first two.
        keys: Of the dataset.

    Raises:
        ValueError: A column is not there, or a user or an item was not in the training file.
    """
    path = one_file(words)
    given = inspect.signature(ratings.ratings).bind(**keys)
    given.apply_defaults()
    wanted = [given.arguments[name] for name in ("user", "item")]
    source = given.arguments["path"]
    learned = ratings.made() if source is None else ratings.read(source, (*wanted, given.arguments["rating"]))
    header = first_row(path)
    bare = any(map(is_number, header))
    if len(header) < 2:
        raise ValueError(f"{path}: one column, pairs need two: {', '.join(wanted)}")
    names = [*wanted, *(f"column {index}" for index in range(3, len(header) + 1))] if bare else None
    columns = wanted if bare else [ratings.match(name, header) for name in wanted]
    found = read_table(path, text=columns, names=names)
    numbers = [
        looked_up(found, name, f"dataset.{key}", values)
        for name, key, values in zip(columns, ("user", "item"), learned[:2], strict=True)
    ]
    texts = [found.columns[name] for name in columns]
    return [{"user": user, "item": item} for user, item in zip(*texts, strict=True)], torch.tensor(numbers).T


def looked_up(found: Table, name: str, key: str, values: Iterable[object]) -> list[int]:
    """Return the number of each user, or item, of a file.

    Args:
        found: The file.
        name: Of the column.
        key: The key that named it, for messages.
        values: Of the training file, one for each rating.

    Raises:
        ValueError: One was not there in training; the message has the line.
    """
    column = found.column(name, key)
    values = numpy.asarray(values)
    numbers = dict(zip(map(str, values.tolist()), ratings.numbered(values).tolist(), strict=True))
    for row, value in enumerate(column):
        if value not in numbers:
            raise ValueError(f"{found.where(row)}: {name} {value} was not in the training file: nothing is known of it")
    return [numbers[value] for value in column]


def one_file(words: Sequence[str]) -> str:
    """Return the only file that is named.

    Raises:
        ValueError: There are several, or it is not there.
    """
    if len(words) != 1:
        raise ValueError(f"one table at a time, got {len(words)}: {some(words)}")
    if not Path(words[0]).is_file():
        raise ValueError(f"cannot be read: {words[0]} (no such file)")
    return words[0]


def some(names: Sequence[str]) -> str:
    """Return the first few of many names."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
