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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import torch
from torch import Tensor


class Rows(Protocol):
    """Inputs that are read one by one (by loader workers) because they do not fit in memory.

    They may draw from the global generators of torch, Python and NumPy: see ``drawing.py``.
    """

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Tensor: ...


class Augmentation(Protocol):
    """A random change of a batch, written as a pure function of the batch, of uniform numbers and of the epoch.

    ``draws`` is how many uniform numbers a sample needs; the loader derives them from (seed, epoch, position),
    so that the same sample is changed in the same way whatever the device, the workers or a restart. One that
    ``mixes`` blends samples: it is given labels as probabilities, float32 [n, classes], and blends them too. Where
    several processes train together each changes its own samples alone, and targets only by blending; one for which
    a sample depends on the others of its batch, too, says so by an attribute ``deals = True``.
    """

    draws: int
    mixes: bool

    def __call__(self, inputs: Tensor, targets: Tensor, uniform: Tensor, epoch: int, /) -> tuple[Tensor, Tensor]: ...


Batch = tuple[Tensor, Tensor]


class Loader(Protocol):
    """What the loop asks of batches."""

    samples: int
    """What an epoch holds, in the units of the loss: samples, or predicted tokens."""

    def __len__(self) -> int: ...
    def __call__(self, epoch: int = 0, start: int = 0) -> Iterator[Batch]: ...


@dataclass(frozen=True)
class Split:
    """One part of a dataset.

    Attributes:
        inputs: A tensor [n, *shape] kept in memory (uint8 for images, int64 for tokens, else float32), or ``Rows``
            read on demand.
        targets: Labels, int64 [n]; or numbers, float32 [n]. Of a stream of tokens: the stream itself.
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
        mean, std: Per channel, broadcastable to one input, in the units of the stored inputs. None delivers the
            inputs as they are stored.
        fingerprint: sha256 of every stored byte and of the assignment to the parts.
        source: Where the bytes came from, for people.
        skipped: What was left out because it cannot be read, if that was asked for: names, each with the reason.
    """

    train: Split
    valid: Split
    test: Split
    mean: Tensor | None
    std: Tensor | None
    fingerprint: str
    source: str
    skipped: tuple[str, ...] = ()


Named = tuple[list[dict[str, object]], Tensor | Rows]
"""For each sample of a user's files the columns that name it, and the inputs as the dataset would have stored them."""


@dataclass(frozen=True)
class Data:
    """A dataset before it is loaded: its facts, and ``load``.

    Attributes:
        name: For people and for the tracking store.
        shape: Of one input as the model sees it: (channels, height, width) for images, (length, features) for
            sequences, (length,) for tokens, (features,) for tables.
        classes: Names of the classes, in the order of the labels; none where the targets are numbers.
        load: Reads the tensors; called once by a run, never by a check.
        augment: Applied to training batches only.
        workers: Loader processes for inputs that are not in memory.
        task: What the targets are for: the task that fits them.
        tokens: What each input number stands for, where inputs are tokens; of padded data, the first is the padding.
        next_token: The targets are the tokens that follow, one at every position.
        sizes: How many values each input column of whole numbers can have: (users, items).
        view: Last change of every batch, after augmentation and normalisation.
        sampling: "balanced" draws each class equally often in training.
        batches: What makes batches of a split.
        encode: Reads what a user names, files and folders, as inputs like the stored ones, for predictions. None: it
            knows of no such files.
        preparation: How raw data become stored inputs, in a sentence for whoever has the model and not this package.
        code: The same as lines of Python that make ``stored``, one input, of a file, where a few lines can.
    """

    name: str
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    load: Callable[[], Splits]
    augment: Augmentation | None = None
    workers: int = 0
    task: str = "classification"
    tokens: tuple[str, ...] = ()
    next_token: bool = False
    sizes: tuple[int, ...] = ()
    view: Callable[[Tensor], Tensor] | None = None
    sampling: Literal["balanced"] | None = None
    batches: Callable[..., Loader] | None = None
    encode: Callable[[Sequence[str]], Named] | None = None
    preparation: str = ""
    code: str = ""

    def facts(self) -> dict[str, Any]:
        """Return what a model may ask for by naming it in its signature."""
        return {
            "in_shape": self.shape,
            "classes": len(self.classes) or 1,
            "vocabulary": len(self.tokens),
            "next_token": self.next_token,
            "sizes": self.sizes,
        }

    def example(self, count: int) -> tuple[Tensor, Tensor]:
        """Return a batch of zeros of the right shapes and types: what a model and a task can be tried on."""
        whole = bool(self.tokens or self.sizes)
        inputs = torch.zeros(count, *self.shape, dtype=torch.int64 if whole else torch.float32)
        if self.next_token:
            return inputs, torch.zeros_like(inputs)
        return inputs, torch.zeros(count, dtype=torch.int64 if self.classes else torch.float32)


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
