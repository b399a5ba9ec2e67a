"""All-reduce between local processes: whether it works, and how many bytes a second it adds up."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from torch import distributed as dist

from runner.machine.timing import wait
from runner.machine.together import python, together

LIMIT = 60.0
"""Seconds until processes that do not answer are killed. They need a few, most of it to import torch; on a machine that
is busy with other things ten times as many."""
SIZES = (2**12, 2**24)
"""Bytes: a small all-reduce shows what each one costs, a large one the bandwidth."""


@dataclass(frozen=True)
class Reduce:
    """What was measured.

    Attributes:
        tensor_bytes: That each process had.
        seconds: Of one all-reduce, the median.
        bytes_per_second: ``tensor_bytes / seconds``. With two processes that is also what each sends and receives in a
            second: ``2 * (world - 1) / world`` is 1.
    """

    tensor_bytes: int
    seconds: float
    bytes_per_second: float


def backends() -> dict[str, int]:
    """Return what this machine can add up with, and between how many processes: NCCL needs a GPU for each."""
    found = {"gloo": 2} if dist.is_available() and dist.is_gloo_available() else {}
    if torch.cuda.is_available() and dist.is_available() and dist.is_nccl_available():
        found["nccl"] = min(2, torch.cuda.device_count())
    return found


def between(
    backend: str, world: int, seconds: float, sizes: Sequence[int] = SIZES, limit: float = LIMIT
) -> list[Reduce]:
    """Start processes that all-reduce tensors of each size, and return what the first one measured.

    They find each other through a file, and are gone afterwards.

    Args:
        backend: gloo, or nccl.
        world: Number of processes.
        seconds: For each size, about.
        sizes: Bytes. None at all: only see whether they agree on a sum.
        limit: Seconds until all are killed.

    Raises:
        Failed: They do not come together, the sum is wrong, or the time is up.
    """
    with tempfile.TemporaryDirectory() as folder:
        common = ["--parent", str(os.getpid()), "--store", str(Path(folder) / "store"), "--world", str(world)]
        common += ["--backend", backend, "--limit", str(limit), "--seconds", str(seconds)]
        common += ["--sizes", *map(str, sizes)]
        commands = [python("runner.machine.partner", "--rank", str(rank), *common) for rank in range(world)]
        printed = together(commands, limit)
    times: dict[str, float] = json.loads(printed[0].splitlines()[-1])
    return [Reduce(int(size), taken, int(size) / taken) for size, taken in times.items()]


def reduced(
    backend: str, store: str, rank: int, world: int, limit: float, seconds: float, sizes: Sequence[int]
) -> dict[int, float]:
    """Be one of the processes; return the seconds of an all-reduce of each size.

    Raises:
        ArithmeticError: The sum is not the sum.
        RuntimeError: The others are not there.
    """
    device = torch.device("cuda", rank) if backend == "nccl" else torch.device("cpu")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group(
        backend,
        store=dist.FileStore(store, world),  # type: ignore[attr-defined]
        rank=rank,
        world_size=world,
        timeout=timedelta(seconds=limit),
    )
    try:
        check_sum(device, rank, world)
        return {size: cost(torch.zeros(max(1, size // 4), device=device), seconds) for size in sizes}
    finally:
        dist.destroy_process_group()


def check_sum(device: torch.device, rank: int, world: int) -> None:
    """Add up 1, 2, ... world, and raise ``ArithmeticError`` if that is not their sum."""
    total = torch.full((4,), float(rank + 1), device=device)
    dist.all_reduce(total)
    expected = world * (world + 1) / 2
    if total.tolist() != [expected] * 4:
        raise ArithmeticError(f"the sum over {world} processes is {total[0].item():g}, not {expected:g}")


def cost(tensor: torch.Tensor, seconds: float) -> float:
    """Return the median seconds of an all-reduce; all processes make equally many, at least five."""
    once(tensor)
    guess = torch.tensor([once(tensor)], dtype=torch.float64, device=tensor.device)
    dist.all_reduce(guess, dist.ReduceOp.MAX)  # the number of rounds follows from it: all must have the same
    rounds = min(10_000, max(5, round(seconds / guess.item())))
    return median(once(tensor) for _ in range(rounds))


def once(tensor: torch.Tensor) -> float:
    """Return the seconds of one all-reduce."""
    wait(tensor.device)
    begun = perf_counter()
    dist.all_reduce(tensor)
    wait(tensor.device)
    return perf_counter() - begun
