"""What a dataset callable returns: the facts that a model needs, and a way to load the tensors.

Facts are known before any file is read, so that a configuration can be checked in milliseconds:

    >>> from runner.dataset.digits import digits
    >>> data = digits()
    >>> data.shape, len(data.classes)
    ((1, 8, 8), 10)
    >>> splits = data.load()
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor


class Rows(Protocol):
    """Inputs that are read one by one (by loader workers) because they do not fit in memory."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Tensor: ...


class Augmentation(Protocol):
    """A random change of a batch, written as a pure function of the batch and of uniform numbers.

    ``draws`` is how many uniform numbers a sample needs; the loader derives them from (seed, epoch, position),
    so that the same sample is changed in the same way whatever the device, the workers or a restart.
    """

    draws: int

    def __call__(self, inputs: Tensor, uniform: Tensor, /) -> Tensor: ...


@dataclass(frozen=True)
class Split:
    """One part of a dataset.

    Attributes:
        inputs: A tensor [n, *shape] kept in memory (uint8 for images), or ``Rows`` read on demand.
        targets: Labels, int64 [n].
    """

    inputs: Tensor | Rows
    targets: Tensor

    def __len__(self) -> int:
        return len(self.targets)


@dataclass(frozen=True)
class Splits:
    """The loaded data.

    Attributes:
        train, valid, test: The parts; statistics come from ``train`` alone.
        mean, std: Per channel, broadcastable to one input, in the units of the stored inputs.
        fingerprint: sha256 of every stored byte and of the assignment to the parts.
        source: Where the bytes came from, for people.
    """

    train: Split
    valid: Split
    test: Split
    mean: Tensor
    std: Tensor
    fingerprint: str
    source: str


@dataclass(frozen=True)
class Data:
    """A dataset before it is loaded: its facts, and ``load``.

    Attributes:
        name: For people and for the tracking store.
        shape: Of one input: (channels, height, width) for images.
        classes: Names of the classes, in the order of the labels.
        load: Reads the tensors; called once by a run, never by a check.
        augment: Applied to training batches only.
        workers: Loader processes for inputs that are not in memory.
    """

    name: str
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    load: Callable[[], Splits]
    augment: Augmentation | None = None
    workers: int = 0

    def facts(self) -> dict[str, Any]:
        """Return what a model may ask for by naming it in its signature."""
        return {"in_shape": self.shape, "classes": len(self.classes)}


def statistics(inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of each channel over all samples and positions, as [channels, 1, ...].

    Sums are kept in float64 over chunks, so that 60,000 images need no second copy. A constant channel gets
    standard deviation 1, so that dividing by it is harmless.
    """
    if not len(inputs):
        raise ValueError("the training split is empty: there is nothing to take statistics of")
    dims = [0, *range(2, inputs.dim())]
    chunks = inputs.split(4096)
    count = inputs.numel() // inputs.shape[1]
    mean = torch.stack([chunk.double().sum(dims) for chunk in chunks]).sum(0) / count
    square = torch.stack([chunk.double().square().sum(dims) for chunk in chunks]).sum(0) / count
    std = (square - mean.square()).clamp_min(0).sqrt()
    std = torch.where(std == 0, torch.ones_like(std), std)
    trailing = [-1] + [1] * (inputs.dim() - 2)
    return mean.float().reshape(trailing), std.float().reshape(trailing)


def fingerprint(parts: Iterable[Tensor]) -> str:
    """Return the sha256 over the shapes, types and bytes of tensors, in order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{tuple(part.shape)} {part.dtype} ".encode())
        digest.update(part.contiguous().numpy().data)
    return digest.hexdigest()
