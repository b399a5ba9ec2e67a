"""Your table: a file of separated values with one column to predict from the others."""

from __future__ import annotations

from typing import Literal

from runner.dataset.data import Data
from runner.dataset.table.separated import read_table
from runner.dataset.table.tabular import data_of, prepare
from runner.types import File, Fraction, Whole


def csv(
    path: File,
    target: str,
    task: Literal["classification", "binary", "regression"] | None = None,
    categorical: list[str] | None = None,
    drop: list[str] | None = None,
    missing: Literal["drop", "mean", "median", "mode", "interpolate"] = "median",
    scale: Literal["standard", "minmax", "log", "box_cox"] | None = "standard",
    valid: Fraction = 0.15,
    test: Fraction = 0.2,
    split_seed: Whole = 0,
    resample: Literal["smote", "random_over", "random_under", "tomek", "enn", "smote_tomek", "smote_enn"] | None = None,
    sampling: Literal["balanced"] | None = None,
) -> Data:
    """Return a table: inputs float32 [n, features], the columns of numbers first, then a column for each category.

    What fills gaps, scales numbers and knows categories is learned from the training rows alone. Rows without a
    target are left out, and counted in the source that the run records.

    Args:
        path: The file, its first line the names of the columns; commas, semicolons or tabs, also gzipped (``.gz``).
        target: The column to predict.
        task: null: by the values. Numbers that are not whole, or more than 20 different ones, make a regression; two
            classes are binary; the rest is classification. Classes are numbered in their order, so that of two, the
            later one is the positive one.
        categorical: Columns of categories, numbers or not, one-hot in the inputs; one that the training rows lack is
            all zeros. null: every column that does not hold numbers.
        drop: Columns to leave out.
        missing: What is done about gaps (empty, ?, NA, N/A, NaN, null, None): drop the row; fill in the mean, median
            or most frequent number; or the line between the neighbours in the file that are in the same part. A
            missing category becomes the most frequent one.
        scale: Of the numbers. standard: mean 0, deviation 1; minmax: 0 to 1; log: log(1 + x); box_cox: the power
            that makes them most normal, then standard. null: as they are.
        valid: Share of what is not test that is held out for validation.
        test: Share of all rows that is the test set.
        split_seed: Decides which rows, and of resampling; separate from the training seed.
        resample: Make classes more equal by changing the training rows; see ``runner.dataset.table.resample``.
        sampling: "balanced" draws each class equally often in training.

    Raises:
        ValueError: The file or a column is not what it is said to be; the message has the line.
    """
    prepared = prepare(
        read_table(path, text=categorical or ()),
        target,
        task=task,
        categorical=categorical,
        drop=drop,
        missing=missing,
        scale=scale,
        valid=valid,
        test=test,
        split_seed=split_seed,
    )
    return data_of("csv", prepared, resample=resample, sampling=sampling, split_seed=split_seed)
