"""Less of a dataset: some of its classes, or a part of its training samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import torch
from annotated_types import Gt, Le
from torch import Tensor

from runner.dataset.batch import derive

Portion = Annotated[float, Gt(0), Le(1)]
"""A fraction of a whole that is not nothing: 0 < x <= 1."""

Labelled = tuple[Tensor, Tensor]
"""Inputs and labels of a part."""


def kept_names(names: Sequence[str], keep: Sequence[int] | None) -> tuple[str, ...]:
    """Return the names of the classes that are kept, in the order in which ``keep`` numbers them anew.

    Args:
        names: Of all classes.
        keep: Their numbers; None keeps all.

    Raises:
        ValueError: A number is no class or stands there twice, or fewer than two classes are left.
    """
    if keep is None:
        return tuple(names)
    wrong = [number for number in keep if not 0 <= number < len(names)]
    if wrong:
        raise ValueError(f"keep={list(keep)}: there is no class {wrong[0]}, classes are 0 to {len(names) - 1}")
    if len(set(keep)) < len(keep):
        raise ValueError(f"keep={list(keep)}: a class can be kept only once")
    if len(keep) < 2:
        raise ValueError(f"keep={list(keep)}: two classes are the least that can be told apart")
    return tuple(names[number] for number in keep)


def only(part: Labelled, keep: Sequence[int] | None) -> Labelled:
    """Return the samples of the kept classes, in their order, with labels that count in the order of ``keep``."""
    if keep is None:
        return part
    inputs, targets = part
    number = torch.full((max(*keep, int(targets.max()) if len(targets) else 0) + 1,), -1)  # of each old label
    number[torch.tensor(keep)] = torch.arange(len(keep))
    renumbered = number[targets]
    kept = (renumbered >= 0).nonzero().squeeze(1)
    return inputs[kept], renumbered[kept]


def portion(targets: Tensor, fraction: float, seed: int) -> Tensor:
    """Return the sorted positions of a part of the samples in which every class keeps its proportion.

    At least one sample of each class is left. A larger fraction holds all that a smaller one of the same seed holds.

    Args:
        targets: Labels, int64 [n].
        fraction: How much of each class, 0 < fraction <= 1, rounded to the nearest sample.
        seed: Decides which samples.

    Raises:
        ValueError: ``fraction`` is not in that range.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must be > 0 and <= 1, got {fraction}")
    generator = torch.Generator().manual_seed(derive(seed, "fraction"))
    chosen = [torch.empty(0, dtype=torch.int64)]
    for label in targets.unique().tolist():
        members = (targets == label).nonzero().squeeze(1)
        order = torch.randperm(len(members), generator=generator)
        chosen.append(members[order[: max(1, round(fraction * len(members)))]])
    return torch.cat(chosen).sort().values
