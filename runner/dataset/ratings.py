"""Who likes what: ratings of items by users, from a file such as MovieLens, or made here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from runner.dataset.data import Data, Named, Splits
from runner.dataset.files import one_file
from runner.dataset.parts import stored, three_way
from runner.dataset.table.preparation import numbers_of
from runner.dataset.table.separated import first_row, read_table
from runner.dataset.table.table import Table, first, is_number, present
from runner.types import File, Fraction, Whole

USERS, ITEMS, FACTORS, RATINGS = 300, 200, 4, 12_000
NOISE = 0.5
"""Standard deviation: no model predicts the made ratings with a smaller error, but for what rounding does."""


def ratings(
    path: File | None = None,
    user: str = "user",
    item: str = "item",
    rating: str = "rating",
    valid: Fraction = 0.1,
    test: Fraction = 0.1,
    split_seed: Whole = 0,
) -> Data:
    """Return ratings: inputs int64 [n, 2], the numbers of a user and of an item; targets float32 [n].

    Users and items are numbered in their order from 0, over the whole file: a table of factors needs a row for each.
    The split is by rating, at random: a user whose few ratings are all held out has factors that nothing has trained.

    Args:
        path: Commas, semicolons or tabs separate the columns. Without a header, as in MovieLens' ``u.data``, the first
            three are user, item and rating. null: 12,000 ratings of 200 items by 300 users, half stars from 0.5 to 5,
            made from four factors and noise of standard deviation 0.5.
        user: The column of users; ``userId`` and ``User_ID`` are understood too.
        item: The column of items.
        rating: The column of ratings.
        valid: Share of what is not test that is held out for validation.
        test: Share of all ratings that is the test set.
        split_seed: Decides which ratings; separate from the training seed.

    Raises:
        ValueError: A column is not there, or a value is missing or no number; the message has the line.
    """
    users, items, targets, source = made() if path is None else read(path, (user, item, rating))
    sizes = (len(numpy.unique(users)), len(numpy.unique(items)))
    inputs = torch.from_numpy(numpy.stack([numbered(users), numbered(items)], axis=1))

    def load() -> Splits:
        train, held, tested = ((inputs[i], targets[i]) for i in three_way(targets, valid, test, split_seed))
        return stored(train, held, tested, source)

    def encode(words: Sequence[str]) -> Named:
        return pairs(one_file(words), (user, item), (users, items))

    return Data("ratings", (2,), (), load, task="rating", sizes=sizes, encode=encode)


Columns = tuple[NDArray[Any], NDArray[Any], Tensor, str]
"""Users, items, ratings float32 [n], and where they came from."""


def read(path: str, wanted: tuple[str, ...]) -> Columns:
    """Return the three columns of a file.

    Raises:
        ValueError: One is not there, or a value is missing or no number.
    """
    row = first_row(path)
    if any(map(is_number, row)):  # then they are no names
        if len(row) < 3:
            raise ValueError(f"{path}: {len(row)} columns, ratings need three: user, item, rating")
        names = [*wanted, *(f"column {i}" for i in range(4, len(row) + 1))]
        found = wanted
        table = read_table(path, text=found[:2], names=names)
    else:
        found = tuple(match(name, row) for name in wanted)
        table = read_table(path, text=found[:2])
    for name, key in zip(found, ("user", "item", "rating"), strict=True):
        gap = first(~present(table.column(name, f"dataset.{key}")))
        if gap is not None:
            raise ValueError(f"{table.where(gap)}: {name} is missing")
    stars = torch.from_numpy(numbers_of(table, found[2]).astype(numpy.float32))
    return table.columns[found[0]], table.columns[found[1]], stars, path


def pairs(path: str, wanted: tuple[str, str], learned: tuple[NDArray[Any], NDArray[Any]]) -> Named:
    """Return the pairs of a user and an item in a file, int64 [n, 2], by the numbers that they have in training.

    Args:
        path: Its columns are called as in training, or have no header: then the first two count.
        wanted: Names of the two columns.
        learned: Users and items of the training file, one for each rating.

    Raises:
        ValueError: A column is not there, or a user or an item was not in the training file.
    """
    header = first_row(path)
    if len(header) < 2:
        raise ValueError(f"{path}: one column, pairs need two: {', '.join(wanted)}")
    bare = any(map(is_number, header))
    names = [*wanted, *(f"column {index}" for index in range(3, len(header) + 1))] if bare else None
    columns = wanted if bare else tuple(match(name, header) for name in wanted)
    table = read_table(path, text=columns, names=names)
    keys = zip(columns, ("user", "item"), learned, strict=True)
    numbers = [looked_up(table, name, f"dataset.{key}", values) for name, key, values in keys]
    texts = [table.columns[name] for name in columns]
    return [{"user": user, "item": item} for user, item in zip(*texts, strict=True)], torch.tensor(numbers).T


def looked_up(table: Table, name: str, key: str, values: NDArray[Any]) -> list[int]:
    """Return the number of each user, or item, of a file.

    Args:
        table: The file.
        name: Of the column.
        key: The key that named it, for messages.
        values: Of the training file, one for each rating.

    Raises:
        ValueError: One was not there in training; the message has the line.
    """
    column = table.column(name, key)
    numbers = dict(zip(map(str, values.tolist()), numbered(values).tolist(), strict=True))
    for row, value in enumerate(column):
        if value not in numbers:
            raise ValueError(f"{table.where(row)}: {name} {value} was not in the training file: nothing is known of it")
    return [numbers[value] for value in column]


def match(name: str, header: list[str]) -> str:
    """Return the one column that is called like that, capitals, underscores and a final "id" aside; else the name."""

    def bare(text: str) -> str:
        return re.sub(r"[_\s-]", "", text).lower().removesuffix("id")

    if name in header:
        return name
    alike = [column for column in header if bare(column) == bare(name)]
    return alike[0] if len(alike) == 1 else name


def numbered(values: NDArray[Any]) -> NDArray[numpy.int64]:
    """Return the place of every value among the distinct ones: in the order of numbers if all are, else of texts."""
    distinct, places = numpy.unique(values, return_inverse=True)
    if distinct.dtype == object and all(value.isdecimal() for value in distinct):
        rank = numpy.empty(len(distinct), dtype=numpy.int64)
        rank[sorted(range(len(distinct)), key=lambda i: (int(distinct[i]), distinct[i]))] = numpy.arange(len(distinct))
        places = rank[places]
    return places.astype(numpy.int64)


def made() -> Columns:
    """Return ratings of a low rank: 3 + taste of the user + quality of the item + factors + noise, in half stars.

    Who rates what is drawn without repetition; the same numbers on every call.
    """
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    taste, quality = 0.4 * normal(USERS), 0.4 * normal(ITEMS)
    factors = normal(USERS, FACTORS) @ normal(ITEMS, FACTORS).T / FACTORS**0.5
    chosen = torch.randperm(USERS * ITEMS, generator=generator)[:RATINGS]
    users, items = chosen // ITEMS, chosen % ITEMS
    stars = 3 + taste[users] + quality[items] + factors[users, items] + NOISE * normal(RATINGS)
    return users.numpy(), items.numpy(), (stars * 2).round().div(2).clamp(0.5, 5), "made here"
