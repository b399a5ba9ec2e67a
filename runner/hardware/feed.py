"""Inputs that stay on the host, brought to the device ahead of their use.

On CUDA a batch is copied from pinned memory on a stream of its own, while the batch before it is computed. The
computation waits for the copy, and the copy for the memory that it fills, by events on the device: the host waits for
neither. Written for GPUs and tested there by marked tests; how much it hides has not been measured.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import torch
from torch import Tensor

Feed = Callable[[Iterable[Tensor]], Iterable[Tensor]]
"""Takes batches on the host in their order, gives them on the device in the same order."""

Lap = Callable[[str], object]
Item = TypeVar("Item")
Begun = TypeVar("Begun")
Result = TypeVar("Result")


def feeding(device: torch.device, lap: Lap, depth: int = 1) -> Feed:
    """Return how batches get from the host to a device: on a CPU they are there already, and nothing is called.

    Args:
        device: Where they are wanted.
        lap: Told "data" when a batch has been read, and "copy" when the device knows what to wait for.
        depth: Batches that are on their way while one is computed; each of them takes memory on the device.
    """
    if device.type == "cpu":
        return as_they_are
    if device.type == "cuda":
        return Ahead(device, lap, depth)
    return lambda batches: (batch.to(device) for batch in batches)


def resident(
    inputs: Iterable[object], device: torch.device, share: float = 0.5, free: Callable[[], int] | None = None
) -> bool:
    """Tell whether all of a dataset's inputs are tensors that may lie on the device for the whole run.

    Args:
        inputs: Of every part of the dataset.
        device: Off CUDA its memory is the host's, or nothing is known about it: tensors are then taken to fit.
        share: Of the free memory of the device that they may take; weights and activations need the rest.
        free: Returns the free bytes; None asks the device.
    """
    size = 0
    for part in inputs:
        if not isinstance(part, Tensor):
            return False
        size += part.nbytes
    if device.type != "cuda":
        return True
    return size <= share * (free() if free else torch.cuda.mem_get_info(device)[0])


def as_they_are(batches: Iterable[Tensor]) -> Iterable[Tensor]:
    """Return the batches unchanged."""
    return batches


def early(
    items: Iterable[Item], begin: Callable[[Item], Begun], finish: Callable[[Begun], Result], depth: int
) -> Iterator[Result]:
    """Yield ``finish(begin(item))`` of each item in order, ``depth`` of them begun ahead; errors come in their turn."""
    source, begun = iter(items), deque[Begun]()
    failed: Exception | None = None
    while failed is None:
        try:
            item = next(source)
        except StopIteration:
            break
        except Exception as error:  # the items before it were good: they come first
            failed = error
        else:
            begun.append(begin(item))
            if len(begun) > depth:
                yield finish(begun.popleft())
    while begun:
        yield finish(begun.popleft())
    if failed is not None:
        try:
            raise failed
        finally:
            del failed  # it holds this frame, and with it loader workers


class Ahead:
    """A feed for CUDA, for any number of epochs; a loader that is left early leaves nothing behind.

    A batch's memory is taken on the stream that computes, so it is free again when the computation is through with
    it, however far ahead the host is. Pinned memory is torch's own, which is not handed out again before copies from
    it are done.

    Args:
        device: Where batches are wanted.
        lap: See ``feeding``.
        depth: See ``feeding``.
    """

    def __init__(self, device: torch.device, lap: Lap, depth: int) -> None:
        self.device, self.lap, self.depth = device, lap, depth
        self.stream = torch.cuda.Stream(device)

    def __call__(self, batches: Iterable[Tensor]) -> Iterator[Tensor]:
        """Yield the batches on the device."""
        try:
            yield from early(batches, self.begin, self.finish, self.depth)
        finally:  # a copy may still be under way to memory that nobody holds any more
            torch.cuda.current_stream(self.device).wait_stream(self.stream)

    def begin(self, batch: Tensor) -> tuple[Tensor, torch.cuda.Event]:
        """Have a batch copied, and return where to, and what to wait for."""
        self.lap("data")
        pinned = batch.pin_memory()  # itself, if a loader has pinned it
        copy = torch.empty_like(pinned, device=self.device)
        self.stream.wait_stream(torch.cuda.current_stream(self.device))  # what this memory held is in use until then
        with torch.cuda.stream(self.stream):
            copy.copy_(pinned, non_blocking=True)
            return copy, self.stream.record_event()

    def finish(self, begun: tuple[Tensor, torch.cuda.Event]) -> Tensor:
        """Return a batch that whatever is computed from here on may read."""
        copy, arrived = begun
        torch.cuda.current_stream(self.device).wait_event(arrived)
        self.lap("copy")
        return copy
