"""A model over several processes: replicated in each (DDP), or cut into pieces (FSDP)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import nn

from runner.hardware.normalisation import normalises, synchronise

if TYPE_CHECKING:
    from runner.hardware.processes import Group

Hold = Callable[[bool], None]
"""Told before each micro-batch whether its gradients stay in this process for now."""


def spread(model: nn.Module, group: Group, *, cut: bool, synchronised: bool) -> nn.Module:
    """Return a model for this process: with statistics of the whole batch, or cut into pieces, if asked for.

    Its parameters may be others than before: an optimizer is made afterwards.
    """
    group.least = 2 if normalises(model) and not synchronised else 1
    if synchronised:
        model = synchronise(model, group)
    if cut:
        from runner.hardware.shard import shard

        model = shard(model, group)
    return model


def together(model: nn.Module, group: Group, *, cut: bool) -> tuple[nn.Module, Hold]:
    """Return what is called in training instead of the model, so that gradients are averaged; and how to hold them.

    Parameters that are frozen by now are left out. Buffers stay each process's own: see ``normalisation.average``.
    """
    if cut:
        return model, lambda held: model.set_requires_gradient_sync(not held)  # type: ignore[operator]
    from torch.nn.parallel import DistributedDataParallel

    index = [group.device.index or 0] if group.device.type == "cuda" else None
    known = inspect.signature(DistributedDataParallel).parameters
    name = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"  # before torch 2.15
    kept: Any = {name: False}
    replica = DistributedDataParallel(
        model, device_ids=index, process_group=group.data, gradient_as_bucket_view=True, **kept
    )

    def hold(held: bool) -> None:
        replica.require_backward_grad_sync = not held

    return replica, hold


def alone(held: bool) -> None:
    """Hold nothing: the gradients of one process are its own."""
