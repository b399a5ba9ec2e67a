"""Three parts of data that is delivered as it is stored: tables, tokens, ratings."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from runner.dataset.data import Split, Splits, fingerprint
from runner.dataset.split import stratified

Part = tuple[Tensor, Tensor]
"""Inputs and targets."""


def three_way(targets: Tensor, valid: float, test: float, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the sorted positions of the training, validation and test part; every position is in one of them.

    Args:
        targets: Labels, int64 [n]: every class keeps its proportion in each part. Numbers, float [n]: a random split.
        valid: Share of what is not test that is held out for validation.
        test: Share of all samples.
        seed: Of the split alone.
    """
    groups = torch.zeros(len(targets), dtype=torch.int64) if targets.is_floating_point() else targets
    rest, tested = stratified(groups, test, seed)
    kept, held = stratified(groups[rest], valid, seed)
    return rest[kept], rest[held], tested


def stored(train: Part, valid: Part, test: Part, source: str, identity: Sequence[Tensor] = ()) -> Splits:
    """Return the parts without statistics: whatever scaling there is has been done.

    Args:
        train, valid, test: Inputs and targets.
        source: Where the data came from, for people.
        identity: What else is to be in the fingerprint.
    """
    tensors = [tensor for part in (train, valid, test) for tensor in part]
    return Splits(
        train=Split(*train),
        valid=Split(*valid),
        test=Split(*test),
        mean=None,
        std=None,
        fingerprint=fingerprint([*identity, *tensors]),
        source=source,
    )
