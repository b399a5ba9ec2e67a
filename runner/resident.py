"""Data that stays in the memory of a process that trains one run after the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from torch import Tensor

if TYPE_CHECKING:
    from runner.dataset.data import Splits


class Resident:
    """What was loaded for one run, for the next one that asks for the same.

    Args:
        keep: Datasets that are kept: the last ones that were asked for.
    """

    def __init__(self, keep: int = 2) -> None:
        self.keep = keep
        self.kept: dict[str, tuple[Splits, list[int]]] = {}

    def __call__(self, node: Any, load: Callable[[], Splits]) -> Splits:
        """Return what ``load`` returns, or has returned for an equal node.

        Not if that was changed meanwhile: torch counts the changes of each tensor, those through a view included.

        Args:
            node: The dataset's node of the configuration, as plain values.
            load: Reads the data.
        """
        try:
            key = json.dumps(node, sort_keys=True)
        except TypeError:  # it holds an object: nobody can tell two of them apart by their words
            return load()
        splits, before = self.kept.pop(key, (None, []))
        if splits is None or changes(splits) != before:
            for oldest in list(self.kept)[: len(self.kept) + 1 - self.keep]:
                del self.kept[oldest]
            splits = load()
        self.kept[key] = splits, changes(splits)
        return splits


def changes(splits: Splits) -> list[int]:
    """Return how often each tensor was changed in place."""
    return [tensor._version for tensor in tensors(splits)]


def tensors(splits: Splits) -> Iterator[Tensor]:
    """Yield what is held in memory."""
    held = [value for part in (splits.train, splits.valid, splits.test) for value in (part.inputs, part.targets)]
    yield from (value for value in (*held, splits.mean, splits.std) if isinstance(value, Tensor))
