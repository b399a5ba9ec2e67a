"""The learning-rate range test: train while the rate climbs, and look where the loss falls fastest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count, islice
from math import isfinite, log, nan, sqrt

from torch import Tensor

from runner.loop import Run, forget
from runner.state import capture, restore

EXPLODED = 4.0
"""The test ends when the smoothed loss is over so many times its lowest."""


@dataclass
class Range:
    """What a range test saw.

    Attributes:
        rates: Learning rate of each update.
        losses: Loss of each batch, before its update.
        smooth: The losses, see ``smoothed``.
        reason: Why it ended before the last rate; empty if it did not.
    """

    rates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    smooth: list[float] = field(default_factory=list)
    reason: str = ""

    @property
    def lowest(self) -> int:
        """The update with the lowest smoothed loss."""
        return lowest(self.smooth)

    def fell(self) -> bool:
        """Tell whether the loss fell by more than batches differ from one another."""
        first = self.smooth[: self.lowest + 1]
        spread = sum((loss - mean) ** 2 for loss, mean in zip(self.losses, first, strict=False)) / len(first)
        return first[0] - first[-1] > sqrt(spread)

    def steepest(self) -> float | None:
        """Return the rate where the smoothed loss falls fastest over log(rate), on the way to its lowest; or None."""
        slopes = [
            (self.smooth[i + 1] - self.smooth[i - 1]) / (log(self.rates[i + 1]) - log(self.rates[i - 1]))
            for i in range(1, self.lowest)
        ]
        return self.rates[1 + lowest(slopes)] if slopes and self.fell() else None

    def tenth(self) -> float | None:
        """Return a tenth of the rate with the lowest smoothed loss; or None."""
        return self.rates[self.lowest] / 10 if self.fell() else None


def range_test(run: Run, low: float, high: float, steps: int) -> Range:
    """Train while the rate rises exponentially, one update at each rate, and put the run back to where it was.

    It ends early when the loss is not finite, or when the smoothed loss has exploded. Each group's rate keeps its
    ratio to that of the others. Batches are those of the first epochs, augmented; callbacks see nothing of it.

    Source: Smith, "Cyclical Learning Rates for Training Neural Networks", arXiv 1506.01186, section 3.3; exponential
    and smoothed as in Howard, Gugger, "fastai: A Layered API for Deep Learning", arXiv 2002.04688.

    Args:
        run: Model, optimizer and random generators are restored. A state that a model carries from batch to batch
            begins anew.
        low: First rate, of the group whose rate ``optimizer.lr`` is.
        high: Last rate.
        steps: Updates.

    Raises:
        ValueError: The range is empty, or the loss is not finite from the start.
    """
    if not 0 < low < high or steps < 2:
        raise ValueError(f"a range test climbs: from {low:g} to {high:g} in {steps} updates is no climb")
    callbacks, run.callbacks = run.callbacks, {}
    state, training = deepcopy(capture(run)), run.model.training
    try:
        return _climb(run, [low * (high / low) ** (step / (steps - 1)) for step in range(steps)])
    finally:
        run.optimizer.zero_grad()
        restore(run, state)
        forget(run.model.train(training))
        run.callbacks = callbacks


def _climb(run: Run, rates: Sequence[float]) -> Range:
    beta = weight(len(rates))
    seen, mean, best = Range(), Mean(beta), float("inf")
    model, criterion = run.model.train(), run.task.loss
    for rate, (inputs, targets) in zip(rates, islice(_batches(run), len(rates)), strict=True):
        for group, own in zip(run.optimizer.param_groups, run.schedule.rates, strict=True):
            group["lr"] = own * rate / run.schedule.base
        try:
            loss = run.hardware.backward(lambda x, y: criterion(model(x), y), inputs, targets).item()
        except ArithmeticError as error:  # the hardware's guard looks first, and names the layer
            loss, seen.reason = nan, str(error)
        if not isfinite(loss):
            seen.reason = seen.reason or f"the loss is {loss}"
            break
        run.hardware.update()
        run.interrupt.check()
        seen.rates.append(rate)
        seen.losses.append(loss)
        smooth = mean(loss)
        best = min(best, smooth)
        if smooth > best + (EXPLODED - 1) * abs(best):
            seen.reason = f"the smoothed loss is over {EXPLODED:g} times its lowest"
            break
    if not seen.rates:
        raise ValueError(f"there is nothing to see at a rate of {rates[0]:g}: {seen.reason}")
    seen.smooth = smoothed(seen.losses, beta)
    return seen


def _batches(run: Run) -> Iterator[tuple[Tensor, Tensor]]:
    for epoch in count():
        forget(run.model)
        yield from run.batches["train"](epoch)


class Mean:
    """An exponential running mean without the pull to zero of its first values.

    Source: Kingma, Ba, "Adam", arXiv 1412.6980, section 3.
    """

    def __init__(self, beta: float) -> None:
        self.beta, self.sum, self.share = beta, 0.0, 0.0

    def __call__(self, value: float) -> float:
        """Take a value in, and return the mean."""
        self.sum = self.beta * self.sum + (1 - self.beta) * value
        self.share = self.beta * self.share + 1 - self.beta
        return self.sum / self.share


def weight(steps: int) -> float:
    """Return how much of the mean stays at each update: a tenth of the test, at least two updates, is looked at."""
    return 1 - 1 / max(2.0, steps / 10)


def smoothed(values: Sequence[float], beta: float) -> list[float]:
    """Return values smoothed by ``Mean``, up to its lowest in both directions.

    One direction alone lags by beta / (1 - beta) updates: with 100 of them over seven decades, what falls fastest
    would be found at four times the rate where it is. Behind its lowest the loss explodes, and nothing of that may
    reach back.
    """
    forwards, backwards = Mean(beta), Mean(beta)
    once = [forwards(value) for value in values]
    low = lowest(once)
    return [*[backwards(value) for value in reversed(once[: low + 1])][::-1], *once[low + 1 :]]


def lowest(values: Sequence[float]) -> int:
    """Return the position of the lowest value, the first of several."""
    return min(range(len(values)), key=values.__getitem__)
