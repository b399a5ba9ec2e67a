"""The most memory that was in use: of a GPU what torch had handed out, of a CPU how far the process had grown."""

from __future__ import annotations

import contextlib
import re
import resource
import sys
from pathlib import Path

import psutil
import torch
from torch import nn

RESET = "5"
"""Written to /proc/self/clear_refs, lets the high-water mark of the resident memory begin anew (proc(5))."""


class Peak:
    """The peak of memory of a model in training, from ``Peak(model, device)`` to ``size()``.

    On a GPU it is exact for what torch allocates: data that is kept there counts too, the memory that kernels and
    libraries have of their own does not. On a CPU it is the weights and the growth of the process's resident memory:
    libraries that are loaded meanwhile count, and memory that was freed before and is used again does not.

    Attributes:
        meaning: In words, for people.
    """

    def __init__(self, model: nn.Module, device: torch.device) -> None:
        self.device = device
        if device.type == "cuda":
            self.meaning = "torch.cuda.max_memory_allocated"
            torch.cuda.reset_peak_memory_stats(device)
        elif device.type == "cpu":
            self.meaning = "weights, and growth of the resident memory"
            self.weights = sum(t.numel() * t.element_size() for t in [*model.parameters(), *model.buffers()])
            with contextlib.suppress(OSError):
                Path("/proc/self/clear_refs").write_text(RESET, encoding="ascii")
            self.base, self.before = psutil.Process().memory_info().rss, high_water()
        else:
            self.meaning = f"not known of {device.type}"

    def size(self) -> int | None:
        """Return the bytes; None if the system does not tell."""
        if self.device.type == "cuda":
            return int(torch.cuda.max_memory_allocated(self.device))
        if self.device.type != "cpu":
            return None
        now = high_water()
        if now <= self.before and self.before > self.base + 2**20:  # an older, higher mark hides ours
            return None
        return self.weights + max(0, now - self.base)


def high_water() -> int:
    """Return the most bytes of resident memory that this process had."""
    with contextlib.suppress(OSError):
        if found := re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii")):
            return int(found[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
