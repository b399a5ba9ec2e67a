"""The first thing that is not a finite number: found before the weights change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class NonFinite(ArithmeticError):
    """The loss is NaN or infinite; the message names the layer."""


def culprit(model: nn.Module, forward: Callable[[Tensor, Tensor], Tensor], inputs: Tensor, targets: Tensor) -> str:
    """Return in words where the numbers stopped being finite: inputs, weights, a layer, or the loss itself.

    Runs the model once more, without gradients, watching what every layer returns.
    """
    if inputs.is_floating_point() and not inputs.isfinite().all():
        return "the inputs of the batch hold NaN or infinity"
    for name, parameter in model.named_parameters():
        if not parameter.isfinite().all():
            return f"the weights {name} are not finite: an earlier update was too large"
    found: list[str] = []

    def watch(name: str, module: nn.Module) -> Callable[[nn.Module, Any, Any], None]:
        def look(_: nn.Module, __: Any, outputs: Any) -> None:
            first = outputs[0] if isinstance(outputs, tuple) else outputs
            if not found and isinstance(first, Tensor) and not first.isfinite().all():
                found.append(f"{name} ({type(module).__name__})")

        return look

    layers = [(name, module) for name, module in model.named_modules() if not any(module.children())]
    hooks = [module.register_forward_hook(watch(name, module)) for name, module in layers]
    try:
        with torch.no_grad():
            forward(inputs, targets)
    finally:
        for hook in hooks:
            hook.remove()
    return f"the first layer with such outputs is {found[0]}" if found else "every layer's outputs are finite"
