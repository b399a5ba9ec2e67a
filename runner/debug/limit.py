"""Shortened epochs."""

from dataclasses import dataclass

from runner.types import Count


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
