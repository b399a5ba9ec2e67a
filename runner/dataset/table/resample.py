"""Classes of unequal size: rows of a training split removed, repeated or made up, by imbalanced-learn."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

Resample = Literal["smote", "random_over", "random_under", "tomek", "enn", "smote_tomek", "smote_enn"]
NEIGHBOURS = 5
"""Of a row of a small class, between which and the row SMOTE places new ones; imbalanced-learn's default."""


def resampled(inputs: Tensor, targets: Tensor, how: Resample, seed: int) -> tuple[Tensor, Tensor]:
    """Return a training split with classes of more equal size.

    Args:
        inputs: float32 [n, features].
        targets: Labels, int64 [n].
        how: "smote": new rows between neighbours of the same class (Chawla, Bowyer, Hall, Kegelmeyer, "SMOTE: Synthetic
            Minority Over-sampling Technique", arXiv 1106.1813); a class of few rows has fewer neighbours. One-hot
            columns are placed in between too. "random_over" repeats rows, "random_under" leaves rows out. "tomek"
            drops rows of large classes whose nearest neighbour is of another class and the other way round; "enn"
            those that most neighbours outvote. "smote_tomek" and "smote_enn" do one after the other.
        seed: Of what is random.

    Raises:
        ValueError: A class has a single row, so that there are no neighbours, or a class is left without rows.
    """
    sampler = make(how, seed, smallest=int(torch.bincount(targets)[targets.unique()].min()))
    try:
        rows, labels = sampler.fit_resample(inputs.numpy(), targets.numpy())
    except ValueError as error:
        raise ValueError(f"dataset.resample={how}: {error}") from None
    lost = set(targets.unique().tolist()) - set(labels.tolist())
    if lost:
        raise ValueError(f"dataset.resample={how} leaves no row of class number {min(lost)}: choose another one")
    return torch.from_numpy(rows).float(), torch.from_numpy(labels).long()


def make(how: Resample, seed: int, smallest: int) -> Any:
    """Return the sampler of imbalanced-learn for a split whose smallest class has so many rows."""
    from imblearn import combine, over_sampling, under_sampling

    if how == "random_over":
        return over_sampling.RandomOverSampler(random_state=seed)
    if how == "random_under":
        return under_sampling.RandomUnderSampler(random_state=seed)
    if how == "tomek":
        return under_sampling.TomekLinks()
    if how == "enn":
        return under_sampling.EditedNearestNeighbours()
    if smallest < 2:
        raise ValueError(
            f"dataset.resample={how}: a class has one training row, and no neighbours to place rows between"
        )
    smote = over_sampling.SMOTE(k_neighbors=min(NEIGHBOURS, smallest - 1), random_state=seed)
    if how == "smote":
        return smote
    both = combine.SMOTETomek if how == "smote_tomek" else combine.SMOTEENN
    return both(smote=smote, random_state=seed)
