"""The largest batch that fits in memory: doubled until it does not, then searched for in between, by updates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING

from torch import Tensor

from runner.hardware.exhausted import asked_for, is_exhausted
from runner.loop import forget

if TYPE_CHECKING:
    from runner.callback.base import Callback
    from runner.dataset.data import Loader
    from runner.hardware.gauge import Gpu, Host
    from runner.loop import Run

CEILING = 2**16
"""No larger batch is tried."""

DIGITS = 4
"""Binary digits of a size that may be other than 0: 64, 72, 80 ... 120, 128, 144. Close sizes are not told apart, so
that what is found does not change with every byte that other programs take; and large ones are multiples of 8."""

PATIENCE = 10.0
"""Seconds of an update. Sizes are not doubled when the next would take longer: nobody trains in such steps."""

LOOKED_AT = 8
"""Epochs in which the longest window of a stream is looked for."""


@dataclass(frozen=True)
class Try:
    """What became of a size.

    Attributes:
        size: Samples in the batch, of one process.
        fits: Whether there was memory for forward, backward and update.
        taken: The most bytes that were taken beyond the model itself; of one that does not fit at least so many. None
            if that is not known: the process was killed.
        seconds: It took.
        error: Of one that does not fit: what said so.
    """

    size: int
    fits: bool
    taken: int | None
    seconds: float
    error: str = ""


def sizes(most: int) -> list[int]:
    """Return the sizes that are told apart, up to ``most``, which is always one of them."""
    found = list(range(1, min(most, 2**DIGITS) + 1))
    while found[-1] < most:
        found.append(found[-1] + (1 << (found[-1].bit_length() - DIGITS)))
    return [*found[:-1], most] if found[-1] > most else found


def search(attempt: Callable[[int], Try], most: int, allowed: int | None = None) -> list[Try]:
    """Try sizes until the largest that fits is known, and return all tries in their order.

    Sizes are doubled from 2 on (of one sample, batch normalisation has no variance), then what is between the largest
    that fits and the smallest that does not is halved. With ``allowed``, no size is tried that would take more by the
    line through the largest that fits and the one before it, or the first; the largest that may is tried at once.

    Args:
        attempt: Tries a size.
        most: No larger one is of use.
        allowed: Bytes, see ``Try.taken``; None: trying too much does no harm.
    """
    tries, size = list[Try](), min(2, most)
    while size:
        tries.append(attempt(size))
        size = following(tries, sizes(most), allowed)
    return tries


def following(tries: Sequence[Try], steps: Sequence[int], allowed: int | None) -> int:
    """Return the size to try next, of those in ``steps``; 0 if the largest that fits is known."""
    good = sorted((one for one in tries if one.fits), key=lambda one: one.size)
    low = good[-1].size if good else 0
    high = min((one.size for one in tries if not one.fits), default=2 * low + 1 if low else 2)
    between = [size for size in steps if low < size < high and _foreseen(good, size) <= (allowed or float("inf"))]
    if not between or (low and _slow(good[-1])):
        return 0
    failed = any(not one.fits for one in tries)
    return between[len(between) // 2] if failed else between[-1]


def _foreseen(good: Sequence[Try], size: int) -> float:
    """Return the bytes that a size would take; 0 as long as nothing can be said."""
    known = [(one.size, one.taken) for one in good if one.taken is not None]
    if len(known) < 2:
        return 0.0
    last, most = known[-1]
    rises = [(most - taken) / (last - smaller) for smaller, taken in (known[0], known[-2])]
    return most + max(0.0, *rises) * (size - last)


def _slow(last: Try) -> bool:
    return 2 * last.seconds > PATIENCE


class Trial:
    """A run that is not trained, only asked how much memory a step of it takes.

    Args:
        run: With its weights on the device; they are changed.
        batches: Makes the training batches of a size.
        gauge: Measures the memory; made after the run.
        keepers: Callbacks that hold memory.
    """

    def __init__(
        self, run: Run, batches: Callable[[int], Loader], gauge: Host | Gpu, keepers: Sequence[Callback] = ()
    ) -> None:
        self.run, self.batches, self.gauge, self.keepers = run, batches, gauge, keepers
        self.warm = False  # whether the optimizer has its state
        self.most = min(CEILING, len(batches(1)))
        run.model.train()

    def __call__(self, size: int) -> Try:
        """Do what a step does with a batch of that size; the first time twice, for the optimizer's state comes late.

        Raises:
            Exception: Whatever a step raises that is not about memory.
        """
        begun = perf_counter()
        self.gauge.begin()
        short, error = 0, ""
        try:
            if not self.warm:
                for keeper in self.keepers:
                    keeper.start(self.run)
                self.step(size)
            single = perf_counter()
            self.step(size)
            self.warm = True
        except Exception as raised:
            if not is_exhausted(raised):
                raise
            single, short, error = begun, asked_for(raised) or 0, str(raised).partition("\n")[0]
        taken = self.gauge.taken() + short
        self.run.optimizer.zero_grad()
        return Try(size, not error and taken <= self.gauge.allowed, taken, perf_counter() - single, error)

    def step(self, size: int) -> None:
        """Update the weights by a batch of each kind that there is."""
        run, loader = self.run, self.batches(size)

        def forward(inputs: Tensor, targets: Tensor) -> Tensor:
            loss: Tensor = run.task.loss(run.model(inputs), targets)
            return loss

        for epoch, start in moments(loader):
            forget(run.model)
            for inputs, targets in loader(epoch, start):
                run.hardware.backward(forward, inputs, targets)
                run.hardware.update()
                for keeper in self.keepers:
                    keeper.step(run)
                break


def moments(loader: Loader) -> Iterator[tuple[int, int]]:
    """Yield (epoch, batch) of what takes most: a stream's longest window, a batch of each size of growing images."""
    if callable(borders := getattr(loader, "borders", None)):
        windows = [
            (stop - start, epoch, index)
            for epoch in range(LOOKED_AT)
            for index, (start, stop) in enumerate(pairwise(borders(epoch)))
            if index < len(loader)
        ]
        _, epoch, index = max(windows)
        yield epoch, index
        return
    grown = getattr(getattr(loader, "augment", None), "sizes", None) or []
    for epoch in sorted({0, *(epoch for epoch, _ in grown)}):
        yield epoch, 0
