"""The same few batches again and again: what a model that can learn at all learns by heart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from runner.debug.limit import Limit
from runner.types import Count

if TYPE_CHECKING:
    from runner.dataset.data import Batch, Loader


@dataclass(frozen=True)
class Overfit(Limit):
    """Train on the first batches of the first epoch only, without augmentation.

    Args:
        train: How many batches are learned.
        valid: Validation batches.
        test: Test batches.
        updates: Of the weights, in an epoch.
    """

    train: Count | None = 1
    valid: Count | None = 1
    test: Count | None = 1
    updates: Count = 50

    augmented: ClassVar[bool] = False

    def training(self, loader: Loader) -> Loader:
        """Return what repeats the loader's batches."""
        return Repeated(loader, self.updates)


class Repeated:
    """The batches of the first epoch, over and over.

    Args:
        loader: Gives them.
        updates: Batches in an epoch.
    """

    def __init__(self, loader: Loader, updates: int) -> None:
        self.loader, self.updates = loader, updates
        self.samples = loader.samples
        self.held: list[Batch] = []

    def __len__(self) -> int:
        return self.updates

    def __call__(self, epoch: int = 0, start: int = 0) -> Iterator[Batch]:
        """Yield the same batches in every epoch."""
        if not self.held:
            self.held = list(self.loader(0))
            self.samples = self.updates * sum(targets.numel() for _, targets in self.held) // len(self.held)
        for position in range(start, self.updates):
            yield self.held[position % len(self.held)]
