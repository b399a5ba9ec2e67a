"""Memory bandwidth: bytes that are read and written in a second, by a copy and by a triad.

Source: McCalpin, "Memory Bandwidth and Machine Balance in Current High Performance Computers", IEEE TCCA Newsletter,
1995 (STREAM). As there, each array should be four times the last cache, and a line that is read only because it will
be written is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import psutil
import torch

from runner.machine.timing import Timing, timed

SIZE = 2**27
"""Bytes of an array: four times a last-level cache of 32 MiB. Processors with a larger one show part of the cache."""


@dataclass(frozen=True)
class Bandwidth:
    """What was measured.

    Attributes:
        bytes_per_second: Bytes that moved in a second.
        array_bytes: Of one array.
        spread: See ``Timing``.
    """

    bytes_per_second: float
    array_bytes: int
    spread: float


def copy(device: torch.device, seconds: float, size: int = SIZE) -> Bandwidth:
    """Measure ``a = b``: an array read and one written, 2 * size bytes moved."""
    a, b = arrays(2, device, size)
    return bandwidth(timed(lambda: a.copy_(b), device, seconds), 2, size)


def triad(device: torch.device, seconds: float, size: int = SIZE) -> Bandwidth:
    """Measure ``a = b + s * c``: two arrays read and one written, 3 * size bytes moved."""
    a, b, c = arrays(3, device, size)
    return bandwidth(timed(lambda: torch.add(b, c, alpha=3.0, out=a), device, seconds), 3, size)


def arrays(count: int, device: torch.device, size: int) -> list[torch.Tensor]:
    """Return arrays of float32 whose pages are there: asking for them is not what is measured."""
    return [torch.ones(size // 4, device=device) for _ in range(count)]


def bandwidth(timing: Timing, moved: int, size: int) -> Bandwidth:
    """Return what a timing means if each call moves so many arrays."""
    return Bandwidth(moved * size / timing.seconds, size, timing.spread)


def fitting(device: torch.device, size: int = SIZE) -> int:
    """Return the bytes of an array such that three of them take no more than a quarter of the memory that is free."""
    free = psutil.virtual_memory().available if device.type == "cpu" else device_free(device)
    return min(size, free // 12 // 4 * 4)


def device_free(device: torch.device) -> int:
    """Return the bytes of a GPU that torch can have; of a device that does not say, those of the machine."""
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0] + kept)
    return int(psutil.virtual_memory().available)
