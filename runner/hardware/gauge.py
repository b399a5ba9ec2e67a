"""How much memory a piece of work takes at most, of what a device may give it."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import re
import resource
import sys
from pathlib import Path

import psutil
import torch

from runner.hardware.room import room

HOST_SHARE = 0.5
"""Of the memory that a CPU process could still take, how much a batch may: other programs and loaders want some too."""

WALL = 0.8
"""Of the same, where the kernel refuses more to a process that only tries: before it would have to kill one."""

KEPT = 0.1
"""Of a GPU's whole memory, how much stays free: allocators leave gaps, and other batches differ a little."""

M_MMAP_THRESHOLD = -3
"""Of glibc's mallopt."""

LARGE = 2**16
"""Bytes from which freed memory leaves a measured process at once: else the allocator keeps what it may need again."""


class Host:
    """The memory that a CPU process takes, from now on.

    Args:
        shares: Processes on this machine that will do the same at the same time.

    Attributes:
        allowed: Bytes that a piece of work may take.
        foreseen: Whether work is to be left undone that would take more: a CPU's memory is everybody's.
    """

    foreseen = True

    def __init__(self, shares: int = 1) -> None:
        give_back()
        self.before = psutil.Process().memory_info().rss
        self.room = room() // shares
        self.allowed = int(HOST_SHARE * self.room)

    def build_wall(self) -> None:
        """Have the kernel refuse this process, for ever, what would endanger others: an error instead of a kill.

        And measure what is in use, not what was: memory is given back when it is freed, which takes some time.
        """
        _libc("mallopt", M_MMAP_THRESHOLD, LARGE)
        taken = getattr(psutil.Process().memory_info(), "data", None)  # Linux
        if taken is not None:
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            wall = taken + int(WALL * self.room)
            resource.setrlimit(resource.RLIMIT_DATA, (wall if hard < 0 else min(wall, hard), hard))

    def begin(self) -> None:
        """Forget what was taken so far."""
        give_back()
        forget_peak()

    def taken(self) -> int:
        """Return the most bytes that were taken since ``begin``, or since the start where that cannot be forgotten."""
        return max(0, peak() - self.before)


class Gpu:
    """The memory that torch takes of a CUDA device, from now on; see ``Host``. It gets no more than is allowed.

    Args:
        device: A CUDA device.
    """

    foreseen = False

    def __init__(self, device: torch.device) -> None:
        gc.collect()
        torch.cuda.empty_cache()
        self.device = device
        self.before = torch.cuda.memory_reserved(device)
        self.room, total = torch.cuda.mem_get_info(device)
        self.allowed = max(0, int(self.room - KEPT * total))
        self.fraction = min(1.0, (self.before + self.allowed) / total)

    def build_wall(self) -> None:
        """Have torch's allocator refuse more than is allowed: nobody else on the device is disturbed."""
        torch.cuda.set_per_process_memory_fraction(self.fraction, self.device)

    def begin(self) -> None:
        """Forget what was taken so far."""
        gc.collect()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(self.device)

    def taken(self) -> int:
        """Return the most bytes that were taken since ``begin``; waits for the device."""
        torch.cuda.synchronize(self.device)
        return max(0, torch.cuda.max_memory_reserved(self.device) - self.before)


def gauge(device: torch.device, shares: int = 1) -> Host | Gpu:
    """Return what measures the memory of a device.

    Raises:
        ValueError: It is neither a CPU nor a CUDA GPU.
    """
    if device.type == "cpu":
        return Host(shares)
    if device.type == "cuda":
        return Gpu(device)
    raise ValueError(f"the memory of {device.type} cannot be measured here, that of cpu and cuda can")


def give_back() -> None:
    """Let freed memory leave this process, as far as the C library can be asked to."""
    gc.collect()
    _libc("malloc_trim", 0)


def _libc(name: str, *arguments: int) -> None:
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        getattr(ctypes.CDLL(None), name)(*arguments)


def peak() -> int:
    """Return the most bytes that this process had in memory, since ``forget_peak`` where that works (Linux)."""
    try:
        found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    except OSError:
        found = None
    if found:
        return int(found[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def forget_peak() -> None:
    """Let ``peak`` begin anew; where the kernel has no such thing it goes on from the highest so far."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    except OSError:
        return
