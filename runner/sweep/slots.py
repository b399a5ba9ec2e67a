"""Places to work at on this machine: how many workers there are room for, and which devices each of them sees."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""What a container may use of the processors: microseconds, and of how many; cgroup version 2."""

DRIVERS = ("nvidia*", "nvhost*", "nvgpu", "kfd", "dxg")
"""Files in /dev of machines with something that torch may call cuda: where there is none, torch need not be asked."""


@dataclass(frozen=True)
class Slots:
    """Where workers go.

    Attributes:
        room: Workers that do not disturb each other.
        devices: Entries of ``CUDA_VISIBLE_DEVICES`` for one worker each, in turns where there are more workers; empty
            where workers need not be kept apart.
    """

    room: int
    devices: tuple[str, ...] = ()

    def visible(self, number: int) -> dict[str, str]:
        """Return the variables that give the worker with that number its devices."""
        return {"CUDA_VISIBLE_DEVICES": self.devices[number % len(self.devices)]} if self.devices else {}

    def jobs(self, asked: int | Literal["auto"]) -> int:
        """Return how many workers are to work at a time, given ``sweep.jobs``."""
        return self.room if asked == "auto" else asked


def slots(hardware: Mapping[str, Any], threads: int, environment: Mapping[str, str] = os.environ) -> Slots:
    """Return the room on this machine for trainings on such hardware.

    Args:
        hardware: The node ``hardware`` of the configuration: its ``device`` and its ``processes`` are looked at.
        threads: CPU threads of each process.
        environment: ``CUDA_VISIBLE_DEVICES`` and, as the user's own word, ``OMP_NUM_THREADS``.
    """
    device, processes = str(hardware.get("device", "auto")), hardware.get("processes", 1)
    found = visible(environment) if device in ("auto", "cuda") else []
    if found:
        size = len(found) if processes == "auto" else int(processes)
        groups = [",".join(found[i : i + size]) for i in range(0, len(found) - size + 1, size)]
        return Slots(max(1, len(groups)), tuple(groups))
    if device not in ("auto", "cpu"):  # one named GPU, or a kind of accelerator that this variable does not divide
        return Slots(1)
    own = environment.get("OMP_NUM_THREADS", "")
    each = (int(own) if own.isdecimal() else threads) * (1 if processes == "auto" else int(processes))
    return Slots(max(1, cores() // max(1, each)))


def visible(environment: Mapping[str, str]) -> list[str]:
    """Return the CUDA devices that this process sees, slices of one included, as entries of the variable.

    Without the variable CUDA sees only the first slice of a GPU that is cut into several (MIG): here all are found.
    """
    told = environment.get("CUDA_VISIBLE_DEVICES")
    if told is not None:
        entries: list[str] = []
        for entry in map(str.strip, told.split(",")):
            if not entry or entry.startswith("-"):  # CUDA stops reading there too
                break
            entries.append(entry)
        return entries
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return _known_to_torch()
    return listed_devices(listed)


def listed_devices(listed: str) -> list[str]:
    """Return the names in what ``nvidia-smi -L`` says: of a GPU's slices if it has some, else of the GPU."""
    found: list[str] = []
    for kind, name in re.findall(r"^(\s*)\S.*\(UUID: ([^)\s]+)", listed, re.MULTILINE):
        if kind and found and found[-1].startswith("GPU-"):
            found.pop()  # it is cut into slices: this line is the first of them
        found.append(name)
    return found


def _known_to_torch() -> list[str]:
    if not any(next(Path("/dev").glob(name), None) for name in DRIVERS):
        return []
    import torch

    return [str(index) for index in range(torch.cuda.device_count())]


def cores() -> int:
    """Return how many processors this process may use, by its affinity and by its container's quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        share, _, period = QUOTA.read_text(encoding="utf-8").partition(" ")
        return max(1, min(allowed, int(share) // int(period)))
    except (OSError, ValueError):  # there is none, or it says "max"
        return allowed
