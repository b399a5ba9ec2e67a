"""Every part of a machine measured in turn, as plain values with the units in their names."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch

from runner.machine import memory
from runner.machine.allreduce import backends, between
from runner.machine.matmul import KINDS, rate
from runner.machine.together import Failed
from runner.machine.transfer import SIZE, host_to_device

Values = dict[str, Any]

SHARES = {"matmul": 0.35, "memory": 0.1, "host_to_device": 0.15, "all_reduce": 0.15, "model": 0.25}
"""How the time is shared out; starting processes comes on top."""


def skipped(reason: object) -> Values:
    """Return what stands where nothing could be measured."""
    return {"skipped": " ".join(str(reason).split())}


def matmul(device: torch.device, seconds: float, sizes: tuple[int, int] | None = None) -> Values:
    """Return for each precision the rate of matrix products, or why there is none; see ``runner.machine.matmul``."""
    found: Values = {}
    for kind in KINDS:
        try:
            found[kind] = asdict(rate(kind, device, seconds / len(KINDS), sizes))
        except ValueError as error:
            found[kind] = skipped(error)
    return found


def bandwidth(device: torch.device, seconds: float, size: int = memory.SIZE) -> Values:
    """Return the bandwidth of the device's memory; see ``runner.machine.memory``."""
    size = memory.fitting(device, size)
    ways = {"copy": memory.copy, "triad": memory.triad}
    return {name: asdict(measure(device, seconds / len(ways), size)) for name, measure in ways.items()}


def transfer(device: torch.device, seconds: float, size: int = SIZE) -> Values:
    """Return what copies to a GPU reach, or that there is none; see ``runner.machine.transfer``."""
    if device.type != "cuda":
        return skipped("runs on the CPU: nothing is copied" if device.type == "cpu" else "measured on CUDA alone")
    pins = {"pinned": True, "pageable": False}
    return {name: asdict(host_to_device(device, pinned, seconds / 2, size)) for name, pinned in pins.items()}


def all_reduce(seconds: float, sizes: tuple[int, int] | None = None) -> Values:
    """Return what two processes reach over each network library; see ``runner.machine.allreduce``."""
    from runner.machine.allreduce import SIZES

    found: Values = {}
    for backend, world in backends().items():
        if world < 2:
            found[backend] = skipped("needs two GPUs")
            continue
        try:
            times = between(backend, world, seconds / 2 / len(SIZES), sizes or SIZES)
        except Failed as error:
            found[backend] = skipped(error)
        else:
            small, large = map(asdict, times)
            found[backend] = {"processes": world, "small": small, "large": large}
    return found
