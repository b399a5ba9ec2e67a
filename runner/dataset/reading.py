"""Samples that are read one by one, in this process or by loader workers, and what is wrong with them, in words."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from runner.dataset.data import Rows
from runner.dataset.drawing import Place, sow
from runner.dataset.workers import started
from runner.randomness import undisturbed


class Unreadable(RuntimeError):
    """A sample cannot be read; the message names it."""


@dataclass(frozen=True)
class Failure:
    """What a worker sends instead of a batch."""

    message: str
    trace: str


class InBatches:
    """Rows, read a batch at a time: a sample that cannot be read comes back with its number, from any process.

    What a row draws depends on its position in the epoch alone, whoever reads it, and in which order: the global
    generators are seeded for each, and put back after a batch, so that nobody else's draws are others for it.

    Args:
        rows: The samples.
        seed: Returns the seed for a position.
    """

    def __init__(self, rows: Rows, seed: Callable[[int], int]) -> None:
        self.rows, self.seed = rows, seed

    def __len__(self) -> int:
        return len(self.rows)

    def __getitems__(self, places: Sequence[Place]) -> Tensor | Failure:
        """Return the samples at some places, stacked."""
        with undisturbed():
            return self.stacked(places)

    def stacked(self, places: Sequence[Place]) -> Tensor | Failure:
        read: list[Tensor] = []
        for index, position in places:
            sow(self.seed(position))
            try:
                row = self.rows[index]
            except Exception as error:  # the rows may be the user's own
                kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
                return Failure(f"sample {index} cannot be read: {kind}{error}", traceback.format_exc())
            if not isinstance(row, Tensor):
                return Failure(f"sample {index} is a {type(row).__name__}: a dataset hands out tensors", "")
            if read and row.shape != read[0].shape:
                first, this = list(read[0].shape), list(row.shape)
                return Failure(
                    f"sample {index} is {this}, sample {places[0][0]} of the same batch {first}: the inputs of a "
                    "dataset have one size",
                    "",
                )
            read.append(row)
        return torch.stack(read)


def as_it_is(batch: Any) -> Any:
    """Return what was read: it is stacked already."""
    return batch


def reading(loader: DataLoader[Tensor]) -> Iterator[Tensor]:
    """Yield the batches of a loader of ``InBatches``.

    Raises:
        Unreadable: A sample cannot be read.
        RuntimeError: A worker is gone, or does not answer. None of them is left behind.
    """
    batches = started(loader)
    try:
        for batch in batches:
            if isinstance(batch, Failure):
                error = Unreadable(batch.message)
                if batch.trace:
                    error.add_note(batch.trace)
                raise error
            yield batch
    except RuntimeError:
        workers = list(getattr(batches, "_workers", ()))
        getattr(batches, "_shutdown_workers", list)()
        for worker in workers:  # one that is stopped hears nothing else, and would be waited for
            worker.kill()
            worker.join()
        raise
