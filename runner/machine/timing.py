"""How long a call takes: the median of several blocks of calls, with the device waited for at both ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import torch

BLOCKS = 5
"""Blocks that the median is taken of."""
MOST = 100_000
"""Calls in a block at most: those that do nothing take no time."""


@dataclass(frozen=True)
class Timing:
    """What was measured.

    Attributes:
        seconds: Of one call: the median over the blocks.
        spread: How far the blocks lie apart, (slowest - fastest) / median: what the number is worth on a machine that
            others use too.
    """

    seconds: float
    spread: float


def timed(call: Callable[[], object], device: torch.device, seconds: float, warm: int = 1) -> Timing:
    """Call again and again for about so many seconds, at least once in each block.

    Args:
        call: What to time. On a GPU it may return before its work is done.
        device: Where the work is.
        seconds: All blocks together; the calls before them come on top.
        warm: Calls that are not counted: the first ones load libraries, choose kernels and ask for memory.
    """
    for _ in range(warm):
        call()
    once = block(call, device, 1)
    calls = min(MOST, max(1, round(seconds / BLOCKS / max(once, 1e-9))))
    times = [block(call, device, calls) / calls for _ in range(BLOCKS)]
    middle = median(times)
    return Timing(middle, (max(times) - min(times)) / middle)


def block(call: Callable[[], object], device: torch.device, calls: int) -> float:
    """Return the seconds of so many calls, from an idle device to an idle device."""
    wait(device)
    begun = perf_counter()
    for _ in range(calls):
        call()
    wait(device)
    return perf_counter() - begun


def wait(device: torch.device) -> None:
    """Return when the device has done what it was given; a CPU already has."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
