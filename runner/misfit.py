"""Whether the state of a model and of its optimizer is of these ones: the first thing that is not, in words.

Torch says of a model all that is different, on as many lines, and of an optimizer nothing: the moments of one
algorithm are taken for those of another, and fail some updates later, or never.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

EXTRA = "_extra_state"
"""How torch's key of a module's own state ends: what a language model carries along has the size of its batch."""


def of_model(model: nn.Module, found: Mapping[str, Any]) -> str:
    """Return where a state is first none of this model's; empty: nowhere.

    Args:
        model: Whole, or in pieces.
        found: Whole tensors by name.
    """
    own = model.state_dict()
    for name in {**own, **found}:
        if name not in found:
            return f"{name} of the model is not in it"
        if name not in own:
            return f"it has {name}, which the model has not"
        one, other = own[name], found[name]
        if isinstance(one, Tensor) and not name.endswith(EXTRA) and one.shape != other.shape:
            return f"{name} has shape {list(other.shape)} in it, and {list(one.shape)} in the model"
    return ""


def of_optimizer(optimizer: Optimizer, found: Mapping[str, Any], kind: str | None) -> str:
    """Return where a state is first none of this optimizer's; empty: nowhere.

    Args:
        optimizer: Of the model that the state fits.
        found: As ``Optimizer.state_dict`` returns it.
        kind: Name of the class whose state it is. None, of an old file: the settings tell them apart, for another
            version of the same algorithm adds some or leaves some out, but never does both.
    """
    own = type(optimizer).__name__
    if kind is not None and kind != own:
        return f"its optimizer is {kind}, this one is {own}"
    groups, others = optimizer.param_groups, found["param_groups"]
    if len(groups) != len(others):
        return f"its optimizer has {len(others)} groups of parameters, {own} has {len(groups)}"
    for number, (group, other) in enumerate(zip(groups, others, strict=True)):
        lacking, unknown = [key for key in group if key not in other], [key for key in other if key not in group]
        if lacking and unknown and kind is None:
            return f"its optimizer has {unknown[0]}, which {own} has not"
        if len(group["params"]) != len(other["params"]):
            many = f"{len(other['params'])} parameters, {own} has {len(group['params'])}"
            return f"group {number} of its optimizer has {many}"
    return ""
