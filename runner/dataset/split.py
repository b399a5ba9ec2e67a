"""Holding out a part of the data: seeded, stratified by class, independent of the training seed."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from runner.dataset.data import Split, Splits, fingerprint, statistics
from runner.dataset.keep import only, portion


def stratified(targets: Tensor, share: float, seed: int) -> tuple[Tensor, Tensor]:
    """Split positions into (kept, held out) so that every class keeps its proportion.

    Args:
        targets: Labels, int64 [n].
        share: Fraction of each class to hold out, rounded to the nearest sample.
        seed: Of the split alone: runs with other training seeds see the same split.

    Returns:
        Two sorted int64 tensors that together hold every position once.
    """
    generator = torch.Generator().manual_seed(seed)
    held = []
    for label in targets.unique().tolist():
        members = (targets == label).nonzero().squeeze(1)
        shuffled = members[torch.randperm(len(members), generator=generator)]
        held.append(shuffled[: round(share * len(members))])
    out = torch.cat(held).sort().values if held else torch.empty(0, dtype=torch.int64)
    mask = torch.ones(len(targets), dtype=torch.bool)
    mask[out] = False
    return mask.nonzero().squeeze(1), out


class RowByRow:
    """A tensor handed out one row at a time, as data that is too large for memory is."""

    def __init__(self, inputs: Tensor) -> None:
        self.inputs = inputs

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, index: int) -> Tensor:
        return self.inputs[index]


def hold_out(
    train: tuple[Tensor, Tensor],
    test: tuple[Tensor, Tensor],
    *,
    valid: float,
    seed: int,
    source: str,
    in_memory: bool = True,
    keep: Sequence[int] | None = None,
    fraction: float = 1.0,
) -> Splits:
    """Make ``Splits``: a validation part is held out of the training part, statistics are of the rest alone.

    What ``keep`` and ``fraction`` leave out is left out afterwards: what is left is in the same part as without them.

    Args:
        train, test: (inputs [n, channels, ...], labels int64 [n]).
        valid: Share of ``train`` held out for validation, 0 <= valid < 1.
        seed: Of the split.
        source: Where the data came from, for people.
        in_memory: False hands the inputs out row by row, through the loader.
        keep: The classes to keep, renumbered in this order, in all parts; None: all.
        fraction: How much of each class is left in the training part, 0 < fraction <= 1.

    Raises:
        ValueError: No training sample is left, or ``fraction`` is out of range.
    """
    inputs, targets = train
    kept, held = stratified(targets, valid, seed)
    identity = [inputs, targets, *test, held]
    if keep is not None:
        identity.append(torch.tensor(keep))
    if fraction != 1:
        kept = kept[portion(targets[kept], fraction, seed)]
        identity.append(kept)
    parts = ((inputs[kept], targets[kept]), (inputs[held], targets[held]), test)
    left = [only(part, keep) for part in parts]
    mean, std = statistics(left[0][0])
    rows = (lambda tensor: tensor) if in_memory else RowByRow
    first, second, third = (Split(rows(images), labels) for images, labels in left)
    return Splits(
        train=first,
        valid=second,
        test=third,
        mean=mean,
        std=std,
        fingerprint=fingerprint(identity),
        source=source,
    )
