"""Out of memory, in words: what was asked for, what takes the memory, and the keys that would help."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from runner.hardware.exhausted import OutOfMemory, asked_for, in_words, is_exhausted
from runner.hardware.room import room

if TYPE_CHECKING:
    from runner.hardware.hardware import Hardware

__all__ = ["OutOfMemory", "explain_memory", "explained"]

SHOWN = 3
"""Layers whose outputs are named."""

LITTLE = 0.1
"""Outputs that take less than this share of what weights and their gradients take are not what fills the memory."""


@dataclass(frozen=True)
class Output:
    """What a layer returns for the samples that are computed at once: its name and class, its shape, its bytes."""

    name: str
    kind: str
    shape: tuple[int, ...]
    size: int


def explained(error: Exception, hardware: Hardware) -> Exception:
    """Return an error as it is to be told: the ``OutOfMemory`` that it is the cause of, or itself if it is none."""
    words = explain_memory(error, hardware)
    if words is None:
        return error
    told = OutOfMemory(words)
    told.__cause__ = error
    return told


def explain_memory(error: BaseException, hardware: Hardware) -> str | None:
    """Return what filled the memory and what helps, in a few lines; None if the error is about something else, or told.

    The batch is looked for in the calls that the error came through, so that a step need not note anything. Sizes of
    outputs come from two samples of it that are sent through the model once more; where that fails, for there is no
    memory even for those, they are left out.

    Args:
        error: As it was raised.
        hardware: With a model and an optimizer.
    """
    if isinstance(error, OutOfMemory) or not is_exhausted(error):
        return None
    asked, free = asked_for(error), _free(hardware.device)
    figures = [f"{in_words(asked)} asked for"] if asked else []
    figures += [f"{in_words(free)} free now"] if free is not None else []
    inputs, samples = batch_of(error)
    kept = _kept(hardware)
    outputs = _or_nothing(lambda: outputs_of(hardware, inputs)) if inputs is not None else []
    total = sum(output.size for output in outputs)
    lines = [f"out of memory on {hardware.device}" + (f": {', '.join(figures)}" if figures else "")]
    if inputs is not None:
        lines.append(f"batch: {_shape(inputs.shape)} {str(inputs.dtype).removeprefix('torch.')}")
    lines.append("model: " + ", ".join(f"{name} {in_words(size)}" for name, size in kept.items()))
    if outputs:
        largest = sorted(outputs, key=lambda output: -output.size)[:SHOWN]
        named = "; ".join(f"{o.name} ({o.kind}) {_shape(o.shape)} {in_words(o.size)}" for o in largest)
        lines.append(f"outputs of its layers: {in_words(total)}, the largest {named}")
    little = bool(outputs) and total < LITTLE * sum(kept.values())
    helps = helping(hardware, samples, little=little, asked=asked or 0)
    return "\n  ".join([*lines, f"what helps: {'; '.join(helps)}"])


def helping(hardware: Hardware, samples: int, *, little: bool = False, asked: int = 0) -> Iterator[str]:
    """Yield the keys that would leave more memory.

    Args:
        hardware: As it was when there was not enough.
        samples: In the batch, of all processes together; 0 if not known.
        little: The outputs of the layers take little beside the weights: fewer samples at once would not help.
        asked: Bytes that could not be had.
    """
    device, world = hardware.device, hardware.group.world
    if not little and samples != 1:
        fewer = f"batch_size={samples // 2}" if samples else "a smaller batch_size"
        yield f"{fewer}, or batch_size=auto"
        more = 2 * hardware.accumulate
        carries = any(callable(getattr(type(module), "forget", None)) for module in hardware.model.modules())
        if not carries and (not samples or more * world <= samples):
            yield f"hardware.accumulate={more}, with the same batch in smaller parts"
        if hardware.precision in ("fp32", "tf32") and (device.type == "cpu" or torch.cuda.is_bf16_supported()):
            yield "hardware.precision=bf16"
    gpus = torch.cuda.device_count() if device.type == "cuda" else 0
    if gpus > 1 and world == 1:
        yield f"{'hardware=fsdp' if little else 'hardware=ddp'}: there are {gpus} GPUs"
    if gpus and torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device) > asked > 0:
        yield "PYTORCH_ALLOC_CONF=expandable_segments:True in the environment: there are gaps between what is in use"
    if little and type(hardware.optimizer).__name__ != "SGD":
        yield "an optimizer that keeps less, such as optimizer=sgd"
    yield "a smaller model"


def batch_of(error: BaseException) -> tuple[Tensor | None, int]:
    """Return the inputs that were worked on, and the samples of the whole batch; (None, 0) if there was no batch."""
    trace = error.__traceback__
    while trace is not None:
        inputs, targets = (trace.tb_frame.f_locals.get(name) for name in ("inputs", "targets"))
        if isinstance(inputs, Tensor) and inputs.dim():
            return inputs, len(targets) if isinstance(targets, Tensor) and targets.dim() else len(inputs)
        trace = trace.tb_next
    return None, 0


@torch.no_grad()
def outputs_of(hardware: Hardware, inputs: Tensor) -> list[Output]:
    """Return the outputs of the layers for as many samples as are computed at once, in the order of the computation.

    Two samples are computed, and sizes scaled. The model is left in evaluation mode, where no layer waits for other
    processes; one that is cut into pieces would, and is not asked. What a model carries from batch to batch is lost.
    """
    model = hardware.model
    if any(hasattr(parameter, "full_tensor") for parameter in model.parameters()):
        return []
    few, found = inputs[:2], list[Output]()
    scale = -(-len(inputs) // hardware.accumulate) / len(few)

    def watch(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def look(module: nn.Module, _: Any, outputs: Any) -> None:
            for output in _tensors(outputs):
                shape, size = list(output.shape), output.numel() * output.element_size()
                if shape and shape[0] % len(few) == 0:
                    shape[0] = int(shape[0] * scale)
                found.append(Output(name, type(module).__name__, tuple(shape), int(size * scale)))

        return look

    layers = [(name, module) for name, module in model.named_modules() if not any(module.children())]
    hooks = [module.register_forward_hook(watch(name)) for name, module in layers]
    try:
        with hardware.context:
            model.eval().forward(few)  # not through the compiler
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _tensors(outputs: Any) -> Iterator[Tensor]:
    if isinstance(outputs, Tensor):
        yield outputs
    elif isinstance(outputs, list | tuple):
        for output in outputs:
            yield from _tensors(output)


def _kept(hardware: Hardware) -> dict[str, int]:
    """Return the bytes of what stays from step to step."""
    parameters = list(hardware.model.parameters())
    state = [value for kept in hardware.optimizer.state.values() for value in kept.values()]
    return {
        "parameters": _size(parameters),
        "gradients": _size(parameter for parameter in parameters if parameter.requires_grad),
        "optimizer state": _size(value for value in state if isinstance(value, Tensor)),
    }


def _size(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _shape(shape: Iterable[int]) -> str:
    return " x ".join(map(str, shape))


def _free(device: torch.device) -> int | None:
    if device.type == "cpu":
        return room()
    found = _or_nothing(lambda: [torch.cuda.mem_get_info(device)[0]]) if device.type == "cuda" else []
    return found[0] if found else None


def _or_nothing(function: Callable[[], list[Any]]) -> list[Any]:
    """Return what a function returns, or nothing where it fails: an explanation is no place for a second error."""
    try:
        return function()
    except Exception:  # memory is short, and the model may be the user's own
        return []
