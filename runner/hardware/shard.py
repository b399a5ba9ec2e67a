"""Parameters, gradients and optimizer states cut into one piece a process, and put together again for files.

Source: Rajbhandari et al., "ZeRO", arXiv 1910.02054; torch's ``fully_shard`` does the work.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer

if TYPE_CHECKING:
    from runner.hardware.processes import Group

UNIT = 1_000_000
"""Parameters from which an element of a list of layers is a unit of its own, gathered just before it is needed."""


def shard(model: nn.Module, group: Group) -> nn.Module:
    """Cut a model's parameters into pieces; it is used as before, by all processes at the same moments."""
    mesh = DeviceMesh.from_group(group.data, group.device.type)
    lists = [module for module in model.modules() if isinstance(module, nn.Sequential | nn.ModuleList)]
    for layer in {id(layer): layer for layers in lists for layer in layers}.values():
        if layer is not model and sum(parameter.numel() for parameter in layer.parameters()) >= UNIT:
            fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    return model


def whole(state: Any, keep: bool) -> Any:
    """Return a state with its pieces put together, on the CPU; called by all processes.

    Args:
        state: Tensors in nested mappings and lists.
        keep: Whether this process wants the result; one that does not gets none of the large tensors.
    """
    if isinstance(state, DTensor):
        full = state.full_tensor()
        return full.cpu() if keep else None
    if isinstance(state, Mapping):
        return {key: whole(value, keep) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return type(state)(whole(value, keep) for value in state)
    return state


def pieces(own: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of a whole model as that of a model that is cut into pieces.

    Args:
        own: The state of the latter, for its layout.
        state: The whole tensors, the same in all processes.
    """
    return {name: _like(value, own.get(name)) for name, value in state.items()}


def optimizer_pieces(optimizer: Optimizer, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole state of an optimizer as that of one over pieces."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    moments = {
        index: {key: _like(value, parameters[index]) for key, value in kept.items()}
        for index, kept in state["state"].items()
    }
    return {**state, "state": moments}


def _like(value: Any, model: Any) -> Any:
    if not isinstance(model, DTensor) or not isinstance(value, Tensor) or value.shape != model.shape:
        return value
    on_device = value.to(model.device)
    return distribute_tensor(on_device, model.device_mesh, model.placements, src_data_rank=None)
