"""Where a process stands among those that train together: told from the variables of whoever started it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Place:
    """Where a process stands among those of its run.

    Attributes:
        rank: Its number; 0 is the main one, which alone writes and prints.
        local_rank: Its number on its machine: which GPU is its own.
        world: How many there are.
    """

    rank: int = 0
    local_rank: int = 0
    world: int = 1


def place(environment: Mapping[str, str] = os.environ) -> Place:
    """Return where this process stands, by the variables of torchrun, of Kubernetes or of a step of Slurm."""
    if "RANK" in environment and "WORLD_SIZE" in environment:
        names = ("RANK", "LOCAL_RANK", "WORLD_SIZE")
    elif int(environment.get("SLURM_STEP_NUM_TASKS", "1")) > 1:
        names = ("SLURM_PROCID", "SLURM_LOCALID", "SLURM_STEP_NUM_TASKS")
    else:
        return Place()
    rank, local_rank, world = (int(environment.get(name, "0")) for name in names)
    return Place(rank, local_rank, world)


def wanted(processes: int | str, name: str, device: torch.device) -> int:
    """Return how many processes are to train together.

    Args:
        processes: As configured: a number, or "auto".
        name: The device as configured.
        device: The device that it is.

    Raises:
        ValueError: There are not as many devices, or the processes that were started are others.
    """
    started = place().world
    if started > 1:
        if processes not in ("auto", started):
            raise ValueError(
                f"hardware.processes={processes}, but this is one of {started} processes that were started together: "
                "use hardware=ddp or hardware=fsdp, with hardware.processes=auto"
            )
        return started
    devices = 1 if device.type in ("cpu", "mps") or ":" in name else torch.accelerator.device_count()
    if processes == "auto":
        return devices
    count = int(processes)
    if device.type != "cpu" and count > devices:
        raise ValueError(f"hardware.processes={count}, but hardware.device={name} is {devices}: one process for each")
    return count


def first_host(nodes: str) -> str:
    """Return the first of Slurm's node list: ``node[03-05,9],other`` begins with ``node03``."""
    found = re.match(r"([^,\[]+)(?:\[(\d+))?", nodes)
    return "".join(part or "" for part in found.groups()) if found else nodes
