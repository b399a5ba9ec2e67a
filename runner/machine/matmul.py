"""Matrix products: how many floating-point operations a second, in each number format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from runner.machine.timing import BLOCKS, Timing, timed

KINDS = {"fp32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
"""The precisions of ``hardware.precision``, and how their numbers are stored."""
CPU_SIZES = (128, 2048)
"""Rows and columns of the smallest and of the largest matrix: large enough to keep every unit busy."""
GPU_SIZES = (1024, 8192)


@dataclass(frozen=True)
class Product:
    """The fastest product of two square matrices that was found.

    Attributes:
        flops_per_second: Floating-point operations in a second.
        n: Rows and columns of the matrices.
        spread: See ``Timing``.
    """

    flops_per_second: float
    n: int
    spread: float


def flops(n: int) -> int:
    """Return the operations of a product of two n x n matrices: n multiplications and n additions for each number."""
    return 2 * n**3


def absent(kind: str, device: torch.device) -> str:
    """Return why a device has no units for a format; empty if it may have, and trying will show."""
    if device.type != "cuda":
        return "only NVIDIA GPUs have it" if kind == "tf32" else ""
    if kind == "tf32" and torch.cuda.get_device_capability(device) < (8, 0):
        return "only NVIDIA GPUs from compute capability 8.0 have it"
    if kind == "bf16" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return "this GPU has no bf16 units"
    return ""


def rate(kind: str, device: torch.device, seconds: float, sizes: tuple[int, int] | None = None) -> Product:
    """Return the highest rate over sizes that double as long as the time allows.

    Args:
        kind: One of ``KINDS``.
        device: Where to multiply.
        seconds: For all sizes together, about.
        sizes: The smallest and the largest n; None: what suits the device.

    Raises:
        ValueError: The device cannot do it; the message says why.
    """
    if reason := absent(kind, device):
        raise ValueError(reason)
    n, last = sizes or (CPU_SIZES if device.type == "cpu" else GPU_SIZES)
    best: Product | None = None
    with rounding(kind):
        while True:
            try:
                timing = product(kind, device, n, seconds / 4)
            except (RuntimeError, TypeError) as error:  # not implemented for this format, or out of memory
                if best is None:
                    raise ValueError(str(error).splitlines()[0]) from error
                return best
            found = Product(flops(n) / timing.seconds, n, timing.spread)
            best = found if best is None or found.flops_per_second > best.flops_per_second else best
            n *= 2
            if n > last or 8 * timing.seconds * (BLOCKS + 2) > seconds:
                return best


def product(kind: str, device: torch.device, n: int, seconds: float) -> Timing:
    """Time a product of two n x n matrices of random numbers; zeros would flatter a GPU, which they keep cool."""
    left, right = (torch.randn(n, n, device=device).to(KINDS[kind]) for _ in range(2))
    out = torch.empty_like(left)
    return timed(lambda: torch.matmul(left, right, out=out), device, seconds)


@contextmanager
def rounding(kind: str) -> Iterator[None]:
    """Let products of float32 round their inputs to tf32, or not, and put back what was set before."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if kind == "tf32" else "highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
