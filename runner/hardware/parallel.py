"""A model in one process, or over several: replicated in each (DDP), or cut into pieces (FSDP)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any

from torch import nn
from torch.optim import Optimizer

from runner.hardware.normalisation import average, normalises, synchronise
from runner.hardware.processes import Group

State = dict[str, Any]


class Single:
    """One process has the whole model to itself."""

    def place(self, model: nn.Module) -> nn.Module:
        """Return a model, on its device, as this process keeps it; its parameters may be others than before."""
        return model

    def together(self, model: nn.Module) -> nn.Module:
        """Return what is called in training instead of the model; what is to be frozen is by now."""
        return model

    def hold(self, held: bool) -> None:
        """Keep the gradients of the next micro-batch to this process, or do so no longer."""

    def average(self, models: Iterable[nn.Module]) -> None:
        """Give every process the same running statistics of batch normalisation."""

    def whole(self, state: State) -> State:
        """Return a state as it goes into a file; called by all processes, and complete in the main one."""
        return state

    def pieces(self, module: nn.Module, state: State) -> State:
        """Return a state from a file as that of a module that was placed."""
        return state

    def optimizer_pieces(self, optimizer: Optimizer, state: State) -> State:
        """Return a state from a file as that of an optimizer of such a module."""
        return state


class Replicated(Single):
    """Every process has the whole model, and gradients are averaged while the backward goes on.

    Buffers stay each process's own until they are averaged.

    Args:
        group: The processes.
        synchronised: Batch normalisation uses the statistics of the whole batch.
    """

    def __init__(self, group: Group, synchronised: bool) -> None:
        self.group, self.synchronised = group, synchronised

    def place(self, model: nn.Module) -> nn.Module:
        self.group.least = 2 if normalises(model) and not self.synchronised else 1
        return synchronise(model, self.group) if self.synchronised else model

    def together(self, model: nn.Module) -> nn.Module:
        from torch.nn.parallel import DistributedDataParallel

        known = inspect.signature(DistributedDataParallel).parameters
        name = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"  # before torch 2.15
        keys: dict[str, Any] = {name: False, "process_group": self.group.data, "gradient_as_bucket_view": True}
        if self.group.device.type == "cuda":
            keys["device_ids"] = [self.group.device.index or 0]
        self.replica = DistributedDataParallel(model, **keys)
        return self.replica

    def hold(self, held: bool) -> None:
        self.replica.require_backward_grad_sync = not held

    def average(self, models: Iterable[nn.Module]) -> None:
        if not self.synchronised:
            average(models, self.group)


class Cut(Replicated):
    """Every process has a piece of every parameter, and gathers them when they are needed."""

    def place(self, model: nn.Module) -> nn.Module:
        from runner.hardware.shard import shard

        self.model = shard(super().place(model), self.group)
        return self.model

    def together(self, model: nn.Module) -> nn.Module:
        return model

    def hold(self, held: bool) -> None:
        set_sync: Callable[[bool], None] = self.model.set_requires_gradient_sync  # type: ignore[assignment]
        set_sync(not held)

    def whole(self, state: State) -> State:
        from runner.hardware.shard import whole

        together: State = whole(state, self.group.main)
        return together

    def pieces(self, module: nn.Module, state: State) -> State:
        from runner.hardware.shard import pieces

        return pieces(module.state_dict(), state)

    def optimizer_pieces(self, optimizer: Optimizer, state: State) -> State:
        from runner.hardware.shard import optimizer_pieces

        return optimizer_pieces(optimizer, state)


def without_gradient(error: Exception, model: nn.Module) -> str | None:
    """Return in words that parameters had no part in the loss, if that is what an error says: others wait for them."""
    if "Expected to have finished reduction in the prior iteration" not in str(error):
        return None
    trained = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    found = re.search(r"did not receive grad for rank \d+: ([\d ]+)", str(error))
    names = [trained[int(index)] for index in found[1].split()] if found else []
    which = f": {', '.join(names)}" if names else ""
    return (
        f"parameters of the model had no part in the loss, and other processes wait for their gradients{which}; use "
        "them, freeze them (optimizer.freeze), or train in one process"
    )
