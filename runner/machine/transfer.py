"""Copies from the machine's memory to a GPU: pinned against pageable, alone and while the GPU computes.

Pinned pages stay where they are, so that the GPU fetches them itself; pageable ones go through a pinned buffer of the
driver. Only CUDA devices are measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from runner.machine.timing import Timing, timed

SIZE = 2**26
"""Bytes of a copy: those of a large batch."""
PRODUCT = 2048
"""Rows and columns of the matrices that are multiplied meanwhile."""


@dataclass(frozen=True)
class Transfer:
    """What was measured.

    Attributes:
        bytes_per_second: Of copies alone.
        copy_bytes: Of one copy.
        hidden: Share of the shorter of copying and computing that vanished when both ran at once: 1 if all of it
            did, 0 if they took turns.
        spread: See ``Timing``, of the copies alone.
    """

    bytes_per_second: float
    copy_bytes: int
    hidden: float
    spread: float


def host_to_device(device: torch.device, pinned: bool, seconds: float, size: int = SIZE) -> Transfer:
    """Measure copies to a CUDA device, alone and beside matrix products on another stream.

    Args:
        device: Where to.
        pinned: Whether the source is pinned.
        seconds: For all three measurements, about.
        size: Bytes of a copy.
    """
    source = torch.ones(size // 4, pin_memory=pinned)
    target = torch.empty(size // 4, device=device)
    left, right = (torch.randn(PRODUCT, PRODUCT, device=device) for _ in range(2))
    out = torch.empty_like(left)
    side = torch.cuda.Stream(device)

    def move() -> None:
        with torch.cuda.stream(side):
            target.copy_(source, non_blocking=True)

    alone = timed(move, device, seconds / 3)
    once = timed(lambda: torch.matmul(left, right, out=out), device, seconds / 6)
    products = max(1, round(alone.seconds / once.seconds))
    compute = timed(multiply(left, right, out, products), device, seconds / 6)
    both = timed(beside(multiply(left, right, out, products), move, side), device, seconds / 3)
    return Transfer(size / alone.seconds, size, hidden(alone, compute, both), alone.spread)


def multiply(left: Tensor, right: Tensor, out: Tensor, products: int) -> Callable[[], None]:
    """Return a call that gives the device so many matrix products to do."""

    def compute() -> None:
        for _ in range(products):
            torch.matmul(left, right, out=out)

    return compute


def beside(compute: Callable[[], None], move: Callable[[], None], side: torch.cuda.Stream) -> Callable[[], None]:
    """Return a call that starts both, and lets neither stream run ahead of the other by more than one call."""

    def both() -> None:
        compute()
        move()
        here = torch.cuda.current_stream(side.device)
        here.wait_stream(side)
        side.wait_stream(here)

    return both


def hidden(first: Timing, second: Timing, both: Timing) -> float:
    """Return the share of the shorter of two calls that vanishes when both are made at once, from 0 to 1."""
    saved = first.seconds + second.seconds - both.seconds
    return min(1.0, max(0.0, saved / min(first.seconds, second.seconds)))
