"""Shortened epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from runner.types import Count

if TYPE_CHECKING:
    from runner.dataset.data import Loader


@dataclass(frozen=True)
class Limit:
    """At most so many batches of each part; null is all of them.

    Args:
        train: Training batches in an epoch.
        valid: Validation batches.
        test: Test batches.
    """

    train: Count | None = None
    valid: Count | None = None
    test: Count | None = None

    augmented: ClassVar[bool] = True
    """Whether training batches are augmented as ever."""

    def training(self, loader: Loader) -> Loader:
        """Return what gives the training batches: the loader as it is."""
        return loader
