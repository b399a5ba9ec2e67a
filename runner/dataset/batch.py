"""Batches as pure functions of (seed, epoch, position): the reason why a resumed run gives the same bits.

Order and augmentation never depend on how many batches were drawn before, on loader workers or on the device; nor do
random numbers that a user's own rows draw while they are read.
Inputs in memory are gathered as whole tensors, images as uint8; inputs that are not are read by loader workers, in
the same order, and take the same road from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import one_hot
from torch.utils.data import DataLoader

from runner.dataset.data import Augmentation, Batch, Split
from runner.dataset.reading import InBatches, as_it_is, reading
from runner.dataset.workers import apart


def derive(seed: int, *parts: object) -> int:
    """Return a 63-bit seed for one purpose; unrelated for any two different arguments."""
    return int.from_bytes(hashlib.sha256(repr((seed, parts)).encode()).digest()[:8], "big") >> 1


class Batches:
    """An epoch of batches, from any position on.

    Args:
        split: The samples.
        size: Samples in a batch; the last batch holds the rest.
        mean, std: Per channel: what is delivered is ``(inputs - mean) / std`` as float32. None: the stored inputs.
        device: Where batches are delivered. Inputs in memory are moved there once.
        seed: Of order and augmentation.
        shuffle: A new order in each epoch. A rest of one sample is then left out of that epoch: batch
            normalisation has no variance over one sample.
        augment: See ``Augmentation``.
        workers: Loader processes, for inputs that are not in memory.
        limit: At most this many batches, for a quick look.
        classes: Number of classes, for augmentations that mix labels.
        view: Last change of the inputs of a batch.
        weights: How often each sample is drawn, relative to the others, float [n]: an epoch then has as many draws
            as there are samples, with repetition (weighted sampling).
        rows: With several processes: which rows of a batch of so many this one works on. It is given the inputs of
            those and the targets of all, or all of both where samples are mixed with one another.
        feed: Brings inputs to the device batch by batch, in their order, ahead of their use; inputs in memory then
            stay on the host. None: they are moved to the device once.
        timeout: Seconds after which a loader worker that does not answer ends the run.
    """

    def __init__(
        self,
        split: Split,
        size: int,
        *,
        mean: Tensor | None = None,
        std: Tensor | None = None,
        device: torch.device,
        seed: int = 0,
        shuffle: bool = False,
        augment: Augmentation | None = None,
        workers: int = 0,
        limit: int | None = None,
        classes: int = 0,
        view: Callable[[Tensor], Tensor] | None = None,
        weights: Tensor | None = None,
        rows: Callable[[int], slice] | None = None,
        feed: Callable[[Iterable[Tensor]], Iterable[Tensor]] | None = None,
        timeout: float = 600,
    ) -> None:
        self.timeout = timeout
        self.size, self.seed, self.shuffle, self.workers = size, seed, shuffle, workers
        self.augment = augment or None  # one that changes nothing takes no time
        self.device, self.classes, self.weights = device, classes, weights
        together = self.augment is not None and (self.augment.mixes or getattr(self.augment, "deals", False))
        self.own = None if together else rows
        self.feed = feed
        self.rows = split.inputs.to(device) if isinstance(split.inputs, Tensor) and feed is None else split.inputs
        self.targets = split.targets.to(device)
        self.finish = finishing(mean, std, view, device)
        self.samples = len(split) - (1 if shuffle and len(split) % size == 1 and len(split) > 1 else 0)
        whole = -(-self.samples // size)
        self.count = whole if limit is None else min(limit, whole)

    def __len__(self) -> int:
        return self.count

    def order(self, epoch: int) -> Tensor:
        """Return the positions of an epoch's samples, int64 [samples], on the CPU."""
        if not self.shuffle:
            return torch.arange(self.samples)
        generator = torch.Generator().manual_seed(derive(self.seed, "order", epoch))
        if self.weights is not None:
            return torch.multinomial(self.weights, self.samples, replacement=True, generator=generator)
        return torch.randperm(len(self.targets), generator=generator)[: self.samples]

    def uniform(self, epoch: int) -> Tensor:
        """Return the random numbers of an epoch, float32 [samples, draws], by position in the order."""
        draws = self.augment.draws if self.augment else 0
        generator = torch.Generator().manual_seed(derive(self.seed, "augment", epoch))
        return torch.rand(self.samples, draws, generator=generator)

    def __call__(self, epoch: int = 0, start: int = 0) -> Iterator[Batch]:
        """Yield (inputs [b, *shape], targets [b]) of ``epoch``, beginning with batch ``start``."""
        whole = self.order(epoch)
        order, chosen = (index.split(self.size)[start : self.count] for index in (whole, whole.to(self.device)))
        stored = self.read(self.mine(order), self.mine(chosen), epoch, start)
        finish, targets = self.finish, self.targets
        if self.augment is None:
            for inputs, index in zip(stored, chosen, strict=True):
                yield finish(inputs), targets.index_select(0, index)
            return
        uniform = self.mine(self.uniform(epoch).to(self.device).split(self.size)[start : self.count])
        for inputs, index, numbers in zip(stored, chosen, uniform, strict=True):
            labels = targets.index_select(0, index)
            if self.augment.mixes:
                labels = one_hot(labels, self.classes).float()
            if self.own is None:
                inputs, labels = self.augment(inputs, labels, numbers, epoch)
            else:
                inputs, _ = self.augment(inputs, labels[self.own(len(labels))], numbers, epoch)
            yield finish(inputs), labels

    def mine(self, batches: Sequence[Tensor]) -> Sequence[Tensor]:
        """Return the rows of each batch that this process works on."""
        own = self.own
        return batches if own is None else [batch[own(len(batch))] for batch in batches]

    def read(self, order: Sequence[Tensor], chosen: Sequence[Tensor], epoch: int, start: int) -> Iterable[Tensor]:
        """Yield the stored inputs of each batch of an epoch from ``start`` on, on the device."""
        if isinstance(self.rows, Tensor):
            gather = self.rows.index_select
            if self.feed is None:
                return (gather(0, index) for index in chosen)
            return self.feed(gather(0, index) for index in order)
        positions = self.mine(torch.arange(self.samples).split(self.size)[start : self.count])
        places = [list(zip(*map(Tensor.tolist, both), strict=True)) for both in zip(order, positions, strict=True)]
        loader: DataLoader[Tensor] = DataLoader(
            InBatches(self.rows, partial(derive, self.seed, "row", epoch)),  # type: ignore[arg-type]  # no more is needed
            batch_sampler=places,
            num_workers=self.workers,
            collate_fn=as_it_is,
            pin_memory=self.device.type == "cuda",
            timeout=self.timeout if self.workers else 0,
            worker_init_fn=apart,
            generator=torch.Generator(),  # else each start would draw from the generator that dropout uses
        )
        batches = reading(loader)
        return (inputs.to(self.device) for inputs in batches) if self.feed is None else self.feed(batches)


def finishing(
    mean: Tensor | None, std: Tensor | None, view: Callable[[Tensor], Tensor] | None, device: torch.device
) -> Callable[[Tensor], Tensor]:
    """Return what is done last to the inputs of a batch, chosen once: normalise, and look at them another way."""
    if mean is None or std is None:
        return view or as_stored
    shift, scale = mean.to(device), std.to(device).reciprocal()

    def normalise(inputs: Tensor) -> Tensor:
        return inputs.float().sub_(shift).mul_(scale)

    return normalise if view is None else lambda inputs: view(normalise(inputs))


def as_stored(inputs: Tensor) -> Tensor:
    """Return the inputs unchanged."""
    return inputs


def balanced(targets: Tensor) -> Tensor:
    """Return weights with which each class is drawn equally often, float64 [n], from labels int64 [n]."""
    counts = torch.bincount(targets).clamp_min(1)
    return counts.double().reciprocal()[targets]
