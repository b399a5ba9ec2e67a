"""One process, or several that train together: who has which rows, and what they tell each other.

Every batch is that of a single process; each takes a part of its samples. Gradients are weighted such that their sum
is the gradient of the whole batch, also where it does not divide evenly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch import distributed as dist

from runner.hardware.meeting import Elsewhere, first
from runner.hardware.part import Part, part_of
from runner.hardware.place import Place

Value = TypeVar("Value")


class Alone:
    """One process: everything is its own, and there is nobody to ask."""

    rank, world = 0, 1
    main = True

    def rows(self, size: int) -> slice:
        """Return which rows of a batch of ``size`` this process works on: never none."""
        return self.part(size).rows

    def part(self, size: int) -> Part:
        """Return the part of a batch of ``size`` samples that is this process's own."""
        return Part(slice(0, size))

    def smallest(self, size: int) -> int:
        """Return the fewest samples of a batch of ``size`` that any process has."""
        return size

    def own(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, bool]:
        """Return this process's inputs and targets of a batch, never none, and whether they count.

        Args:
            inputs: Of the whole batch, or of this process's part of it.
            targets: Of the whole batch.
        """
        return inputs, targets, True

    def unite(self, reasons: Sequence[str]) -> list[str]:
        """Return the reasons of all processes, each once."""
        return list(reasons)

    def sum(self, sums: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return the sums over all processes."""
        return sums

    def first(self, function: Callable[[], Value]) -> Value:
        """Return what the main process's call returns; see the function of this name."""
        return function()

    def in_turn(self, function: Callable[[], Value]) -> Value:
        """Return what a call returns, made first by one process of each machine: the others find what it left there."""
        return function()

    def gather(self, value: Value) -> list[Value]:
        """Return every process's value, by rank."""
        return [value]

    def same(self, facts: dict[str, Any]) -> None:
        """Check that all processes know the same facts.

        Raises:
            ValueError: They do not: they would wait for each other, or train on different things.
        """

    def settle(self) -> None:
        """Have every message arrive: from here on each process ends when it likes."""


def backend_of(device: torch.device) -> str:
    """Return the library that carries tensors of a device between processes: NCCL if torch was built with it."""
    return "nccl" if device.type == "cuda" and dist.is_nccl_available() else "gloo"


class Group(Alone):
    """Several processes. Every method is called by all of them, in the same order.

    What concerns tensors on the device goes over the device's own network library; what concerns words, flags and
    states over gloo, so that it never waits for the device.

    Args:
        here: Where this process stands; ``join`` has been called.
        device: Of the tensors.
        timeout: Seconds after which a process that does not answer ends the run.
        least: Smallest part of a batch: 2 where batch normalisation needs more than one sample, else 1.
    """

    def __init__(self, here: Place, device: torch.device, timeout: float, least: int = 2) -> None:
        self.rank, self.world, self.main, self.here = here.rank, here.world, here.rank == 0, here
        self.device, self.least = device, least
        limit = timedelta(seconds=timeout)
        self.data: Any = dist.new_group(backend=backend_of(device), timeout=limit)
        """For tensors on the device."""
        self.flags: Any = dist.new_group(backend="gloo", timeout=limit)
        """For the flag below, which is under way while other messages are sent."""
        self.pending: tuple[Any, Tensor] | None = None
        self.counted = True
        """Whether the rows that are worked on count: see ``own``."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Group:
        """Return the group itself: a copy of a model is among the same processes."""
        return self

    def smallest(self, size: int) -> int:
        return min(len(range(size)[part_of(size, rank, self.world, self.least).rows]) for rank in range(self.world))

    def part(self, size: int) -> Part:
        return part_of(size, self.rank, self.world, self.least)

    def own(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, bool]:
        part = self.part(len(targets))
        self.counted = part.counted
        if len(inputs) == len(targets):  # of a loader that does not know of parts
            inputs = inputs[part.rows]
        return inputs, targets[part.rows], part.counted

    def mean(self, loss: Tensor) -> Tensor:
        """Return the mean over all processes, as a new tensor on the device; does not wait for the device."""
        total = loss / self.world
        dist.all_reduce(total, group=self.data)
        return total

    def highest(self, number: int) -> int:
        """Return the largest number that any process gave in the call before: the waiting is hidden behind a step."""
        before = 0
        if self.pending is not None:
            work, flag = self.pending
            work.wait()
            before = int(flag)
        flag = torch.tensor(number)
        self.pending = dist.all_reduce(flag, dist.ReduceOp.MAX, group=self.flags, async_op=True), flag
        return before

    def unite(self, reasons: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(reason for some in self.gather(list(reasons)) for reason in some))

    def sum(self, sums: dict[str, Tensor]) -> dict[str, Tensor]:
        known = self.first(lambda: {name: (value.shape, value.dtype) for name, value in sums.items()})
        total = {}
        for name, (shape, dtype) in known.items():
            total[name] = sums[name].clone() if name in sums else torch.zeros(shape, dtype=dtype, device=self.device)
            dist.all_reduce(total[name], group=self.data)
        return total

    def first(self, function: Callable[[], Value]) -> Value:
        return first(function)

    def in_turn(self, function: Callable[[], Value]) -> Value:
        found: list[Value] = []
        failed: Exception | None = None
        if self.here.local_rank == 0:
            try:
                found = [function()]
            except Exception as error:
                failed = error
        for told in self.gather(f"{type(failed).__name__}: {failed}" if failed else ""):
            if told:
                raise failed or Elsewhere(told)
        return found[0] if found else function()

    def gather(self, value: Value) -> list[Value]:
        values: list[Any] = [None] * self.world
        dist.all_gather_object(values, value)
        return values

    def same(self, facts: dict[str, Any]) -> None:
        for rank, others in enumerate(known := self.gather(facts)):
            for name, value in others.items():
                if value != known[0][name]:
                    both = f"{known[0][name]} in process 0, {value} in process {rank}"
                    raise ValueError(f"processes that train together have different {name}: {both}")

    def settle(self) -> None:
        if self.pending is not None:
            self.pending[0].wait()
            self.pending = None
        dist.barrier()
