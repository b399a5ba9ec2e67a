"""What a model is made of, layer by layer: output shapes, parameters, and the work of one forward pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence
from torch.utils.flop_counter import FlopCounterMode

Shape = tuple[int | str, ...]


@dataclass(frozen=True)
class Layer:
    """A module that computes something itself, or has parameters of its own.

    Attributes:
        name: As in ``model.named_modules()``; empty for the model itself.
        kind: Its class.
        shape: Of its output, with "n" for the number of samples; None if it was not called, or returns no tensor.
        trainable, frozen: Parameters of its own. One that several modules share counts in the first.
        size: Bytes of those parameters.
        flops: Of a forward pass of one sample, without the modules inside it: twice the multiply-accumulates of
            matrix products and convolutions. Nothing else is counted, and a causal mask saves nothing.
    """

    name: str
    kind: str
    shape: Shape | None
    trainable: int
    frozen: int
    size: int
    flops: float


@dataclass
class Watch:
    """What hooks saw of a forward pass."""

    counter: FlopCounterMode
    flops: dict[nn.Module, int] = field(default_factory=dict)
    outputs: dict[nn.Module, Tensor | None] = field(default_factory=dict)
    inner: list[int] = field(default_factory=list)
    """For each call that is going on: the count when it began plus what the calls inside it took."""

    def before(self, module: nn.Module, arguments: Any) -> None:
        self.inner.append(self.counter.get_total_flops())

    def after(self, module: nn.Module, arguments: Any, output: Any) -> None:
        own = self.counter.get_total_flops() - self.inner.pop()
        self.inner = [begun + own for begun in self.inner]
        self.flops[module] = self.flops.get(module, 0) + own
        self.outputs[module] = first(output)


def layers(model: nn.Module, inputs: Tensor) -> list[Layer]:
    """Return the layers of a model, in the order in which it registers them, by sending a batch through it.

    Args:
        model: On the CPU. It is put into evaluation mode; parameters and statistics stay as they are.
        inputs: A batch [n, ...] of at least two samples, so that n can be told from sizes of 1.
    """
    with ExitStack() as stack:
        watch = Watch(stack.enter_context(FlopCounterMode(display=False)))
        stack.enter_context(plainly())
        for module in model.modules():
            stack.callback(module.register_forward_pre_hook(watch.before).remove)
            stack.callback(module.register_forward_hook(watch.after).remove)
        model.eval()(inputs)
    found, seen = [], set[nn.Parameter]()
    for name, module in model.named_modules():
        own = [parameter for parameter in module.parameters(recurse=False) if parameter not in seen]
        seen.update(own)
        flops = watch.flops.get(module, 0)
        if not own and not flops and any(True for _ in module.children()):
            continue
        trainable = sum(parameter.numel() for parameter in own if parameter.requires_grad)
        output = watch.outputs.get(module)
        found.append(
            Layer(
                name,
                type(module).__name__,
                None if output is None else symbolic(output.shape, len(inputs)),
                trainable,
                sum(parameter.numel() for parameter in own) - trainable,
                sum(parameter.numel() * parameter.element_size() for parameter in own),
                flops / len(inputs),
            )
        )
    return found


@contextmanager
def plainly() -> Iterator[None]:
    """Switch off the fused kernels that hide their matrix products from the counter: of LSTMs and of attention."""
    fused, fast = torch.backends.mkldnn.enabled, torch.backends.mha.get_fastpath_enabled()
    torch.backends.mkldnn.enabled = False  # type: ignore[assignment]  # its context manager warns about Intel GPUs
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mkldnn.enabled = fused
        torch.backends.mha.set_fastpath_enabled(fast)


def first(output: Any) -> Tensor | None:
    """Return the first tensor of what a module returned, a packed sequence as [n, length, features]."""
    if isinstance(output, Tensor):
        return output
    if isinstance(output, PackedSequence):
        return pad_packed_sequence(output, batch_first=True)[0]
    values = output.values() if isinstance(output, dict) else output if isinstance(output, list | tuple) else ()
    return next((tensor for value in values if (tensor := first(value)) is not None), None)


def symbolic(shape: torch.Size, count: int) -> Shape:
    """Return a shape with "n" for the number of samples, and "12n" where samples and positions lie in one dimension."""
    sizes: list[int | str] = list(shape)
    for index, size in enumerate(shape):
        if size == count:
            sizes[index] = "n"
            return tuple(sizes)
    if shape and shape[0] and shape[0] % count == 0:
        sizes[0] = f"{shape[0] // count}n"
    return tuple(sizes)
