"""The first thing that is not a finite number: found before the weights change."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn

from runner.hardware.processes import Alone

Forward = Callable[[Tensor, Tensor], Tensor]
Backward = Callable[[Forward, Tensor, Tensor], Tensor]

FINITE = "every layer's outputs are finite"


class NonFinite(ArithmeticError):
    """The loss is NaN or infinite; the message names the layer."""


def culprit(model: nn.Module, forward: Forward, inputs: Tensor, targets: Tensor) -> str:
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
    return f"the first layer with such outputs is {found[0]}" if found else FINITE


def guarded(
    backward: Backward,
    model: nn.Module,
    group: Alone,
    context: AbstractContextManager[Any],
    every: int,
    late: bool = False,
) -> Backward:
    """Return ``backward`` with a look at the loss each so many calls.

    With several processes the loss is that of all of them: all look at the same number, and stop at the same step.

    Args:
        backward: Returns the loss of a batch.
        model: Is looked through for the culprit.
        group: The processes.
        context: Entered for a forward pass.
        every: Calls between two looks.
        late: Look at the loss of the look before: on a GPU, which is then not waited for.
    """
    until = every
    look, span = (Late(), 2 * every) if late else (now, every)

    def looked_at(forward: Forward, inputs: Tensor, targets: Tensor) -> Tensor:
        nonlocal until
        loss = backward(forward, inputs, targets)
        until -= 1
        if not until:
            until = every
            value = look(loss)
            if not isfinite(value):
                own, truth, _ = group.own(inputs, targets)
                with context:
                    reasons = group.gather(culprit(model, forward, own, truth))
                when = "" if every == 1 else f" after one of the last {span} updates (hardware.guard=1 names it)"
                raise NonFinite(f"the loss is {value}{when}: {first(reasons)}")
        return loss

    return looked_at


def now(loss: Tensor) -> float:
    """Return the number that a loss is; a GPU is waited for."""
    value: Any = loss.float().cpu().numpy()  # on a CPU its own memory: no copy, no operation
    return value  # type: ignore[no-any-return]


class Late:
    """Returns the number that the loss of the look before was: it arrived long ago, and the device is not waited for.

    All processes look at the same one, however far each of their devices is.
    """

    def __init__(self) -> None:
        self.host = torch.zeros((), pin_memory=True)
        self.arrived = torch.cuda.Event()

    def __call__(self, loss: Tensor) -> float:
        """Return the number of the last call's loss, 0 at first, and send for this one's."""
        self.arrived.synchronize()  # of an event that is past, or was never recorded: no waiting
        before = self.host.item()
        self.host.copy_(loss, non_blocking=True)
        self.arrived.record()
        return before


def first(reasons: list[str]) -> str:
    """Return the first reason that is one, and whose it is if there are several processes."""
    rank, reason = next(((n, reason) for n, reason in enumerate(reasons) if reason != FINITE), (0, FINITE))
    return reason if len(reasons) == 1 else f"in process {rank}, {reason}"
