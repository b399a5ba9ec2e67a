"""The first thing that is not a finite number: found before the weights change."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn

from runner.hardware.processes import Alone

Forward = Callable[[Tensor, Tensor], Tensor]
Backward = Callable[[Forward, Tensor, Tensor], Tensor]


WAYS_OUT = "a lower optimizer.lr, hardware.clip_norm=1, or hardware.nonfinite=skip or rewind may help"


class NonFinite(ArithmeticError):
    """The loss, a gradient or a weight is NaN or infinite; the message names the layer."""


def culprit(model: nn.Module, forward: Forward, inputs: Tensor, targets: Tensor, group: Alone | None = None) -> str:
    """Return in words where the numbers stopped being finite: inputs, weights, a layer, or the loss itself.

    Runs the model once more, without gradients, watching what every layer returns. Several processes look at the
    same things together, for a model over all of them is called by all of them.
    """
    group = group or Alone()
    looks: list[Callable[[], str]] = [
        partial(of_inputs, inputs),
        partial(of_weights, model),
        partial(of_layers, model, forward, inputs, targets),
    ]
    for look in looks:
        for rank, reason in enumerate(group.gather(look())):
            if reason:
                return reason if group.world == 1 else f"in process {rank}, {reason}"
    return "every layer's outputs are finite"


def of_inputs(inputs: Tensor) -> str:
    """Return what is wrong with the inputs."""
    bad = inputs.is_floating_point() and not inputs.isfinite().all()
    return "the inputs of the batch hold NaN or infinity" if bad else ""


def of_weights(model: nn.Module) -> str:
    """Return which weights are not finite."""
    for name, parameter in model.named_parameters():
        if not parameter.isfinite().all():
            return f"the weights {name} are not finite: an earlier update was too large, or its gradient not finite"
    return ""


def of_gradients(model: nn.Module) -> str:
    """Return which gradient is not finite: the last one in the order of the layers, where the backward met it first."""
    own = {n: getattr(p.grad, "to_local", lambda p=p: p.grad)() for n, p in model.named_parameters()}
    found = [name for name, gradient in own.items() if gradient is not None and not bool(gradient.isfinite().all())]
    more = f" (and those of {len(found) - 1} before it)" if len(found) > 1 else ""
    return f"the gradient of {found[-1]}{more} is not finite" if found else "the gradient is too large"


@torch.no_grad()
def unsound(model: nn.Module) -> str:
    """Return which weights of this process are not finite, if any: one look for all of them."""
    own = {name: getattr(p, "to_local", lambda p=p: p)() for name, p in model.named_parameters()}
    some = [parameter for parameter in own.values() if parameter.numel()]  # of a model cut up, perhaps none is here
    largest = torch._foreach_norm(some, float("inf")) if some else [torch.zeros(())]
    if bool(torch.stack([value.float() for value in largest]).isfinite().all()):
        return ""
    return next(name for name, parameter in own.items() if not bool(parameter.isfinite().all()))


def of_layers(model: nn.Module, forward: Forward, inputs: Tensor, targets: Tensor) -> str:
    """Return which layer is the first to give such outputs."""
    found: list[str] = []

    def watch(name: str, module: nn.Module) -> Callable[[nn.Module, Any, Any], None]:
        def look(_: nn.Module, __: Any, outputs: Any) -> None:
            first = outputs[0] if isinstance(outputs, tuple) else outputs
            if not found and isinstance(first, Tensor) and not first.isfinite().all():
                found.append(f"the first layer with such outputs is {name} ({type(module).__name__})")

        return look

    layers = [(name, module) for name, module in model.named_modules() if not any(module.children())]
    hooks = [module.register_forward_hook(watch(name, module)) for name, module in layers]
    try:
        with torch.no_grad():
            forward(inputs, targets)
    except Exception as error:  # of the user's own: the others are waiting
        found.append(f"the model cannot be called once more: {error}")
    finally:
        for hook in hooks:
            hook.remove()
    return found[0] if found else ""


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
                    reason = culprit(model, forward, own, truth, group)
                when = "" if every == 1 else f" after one of the last {span} updates (hardware.guard=1 names it)"
                raise NonFinite(f"the loss is {value}{when}: {reason}; {WAYS_OUT}")
        return loss

    return looked_at


def now(loss: Tensor) -> float:
    """Return the number that a loss is; a GPU is waited for."""
    value: Any = loss.float().cpu().numpy()  # on a CPU its own memory: no copy, no operation
    return value  # type: ignore[no-any-return]


class Late:
    """Returns the number that the loss of the look before was: it arrived long ago, and the device is not waited for.

    All processes look at the same one, however far each of their devices is.

    Args:
        before: What the first call returns.
    """

    def __init__(self, before: float = 0.0) -> None:
        self.host = torch.full((), before, pin_memory=True)
        self.arrived = torch.cuda.Event()

    def __call__(self, loss: Tensor) -> float:
        """Return the number of the last call's loss, ``before`` at first, and send for this one's."""
        self.arrived.synchronize()  # of an event that is past, or was never recorded: no waiting
        before = self.host.item()
        self.host.copy_(loss, non_blocking=True)
        self.arrived.record()
        return before
