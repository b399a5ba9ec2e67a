"""CUDA graphs: the kernels of a model's forward and of its backward, recorded once and launched as one from then on.

For models whose kernels are shorter than it takes to launch them. Only the training calls go through here: the model
itself, its parameters and buffers stay the objects that checkpoints, averages and optimizers know, and evaluation
calls it as always. Written for GPUs and tested there by marked tests; what it gains has not been measured.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from runner.hardware.surprises import Setting

Call = Callable[[Tensor], Tensor]

LIMIT = 4
"""Shapes that are recorded: each graph keeps the memory of its activations."""


def refuse(accumulate: int, compile: Setting, processes: int, shard: bool) -> None:
    """Refuse settings that cannot work with graphs.

    Raises:
        ValueError: One of them was chosen.
    """
    reasons = {
        f"hardware.accumulate={accumulate}": accumulate > 1
        and "a recorded backward writes every gradient to the same memory, over that of the micro-batch before",
        f"hardware.compile={str(compile).lower()}": compile
        and "what is compiled launches other kernels; compile=reduce-overhead records graphs of its own",
        f"hardware.processes={processes}": processes > 1
        and "gradients are exchanged during the backward, which a recording does not see",
        f"hardware.shard={str(shard).lower()}": shard and "its parameters move in memory",
    }
    for name, reason in reasons.items():
        if reason:
            raise ValueError(f"hardware.graphs=true does not go with {name}: {reason}")


def refuse_compiled(compile: Setting, accumulate: int, device: torch.device) -> None:
    """Refuse the compiler's own graphs where gradients are added up over several replays.

    Raises:
        ValueError: Both were chosen: known to fail, or to give wrong gradients (PyTorch issues 169545, 96693).
    """
    if compile in ("reduce-overhead", "max-autotune") and accumulate > 1 and device.type == "cuda":
        raise ValueError(
            f"hardware.compile={compile} does not go with hardware.accumulate={accumulate}: its CUDA graphs write the "
            "gradients of a micro-batch over those of the one before; use compile=true"
        )


def check(model: nn.Module) -> None:
    """Refuse models that would not be the same when replayed.

    Raises:
        ValueError: The model carries a state from batch to batch, or decides something on the host.
    """
    for name, module in model.named_modules():
        where = f"hardware.graphs=true: {name or 'the model'} ({type(module).__name__})"
        if callable(getattr(type(module), "forget", None)) and getattr(module, "stateful", True):
            raise ValueError(f"{where} carries a state from batch to batch, which a recording would not pass on")
        if isinstance(module, _BatchNorm) and module.momentum is None:
            raise ValueError(f"{where} averages with a weight that is worked out on the host: give it a momentum")
        if module._forward_hooks or module._forward_pre_hooks or module._backward_hooks:
            raise ValueError(f"{where} has a hook, which would be called while recording and never again")


class Graphs:
    """Calls a model in training: batches of a shape that came before are replayed, all others computed as usual.

    A shape is recorded when it comes a second time, so that the short rest of an epoch, which a resumed run may begin
    with, costs nothing. Shapes after the first few that came twice are computed as usual too.

    Args:
        model: On a CUDA device.
        record: Returns the recorded call.

    Raises:
        ValueError: See ``check``.
    """

    def __init__(self, model: nn.Module, record: Callable[[nn.Module, Tensor], Call] | None = None) -> None:
        check(model)
        self.model, self.record = model, record or recorded
        self.calls: dict[tuple[torch.Size, torch.dtype], Call] = {}
        self.left = LIMIT

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return the model's outputs; valid until the next call."""
        if not torch.is_grad_enabled():  # a look at the layers: their hooks have to be called
            return self.model(inputs)  # type: ignore[no-any-return]
        return self.calls.get((inputs.shape, inputs.dtype), self.first)(inputs)

    def first(self, inputs: Tensor) -> Tensor:
        """Compute as usual, and remember the shape."""
        self.calls[inputs.shape, inputs.dtype] = self.second
        return self.model(inputs)  # type: ignore[no-any-return]

    def second(self, inputs: Tensor) -> Tensor:
        """Record, if that is not too many, and replay."""
        self.left -= 1
        check(self.model)  # again: hooks can have come since
        call = self.record(self.model, inputs) if self.left >= 0 else self.model
        self.calls[inputs.shape, inputs.dtype] = call
        return call(inputs)


class Held(nn.Module):
    """A model under another roof: recording changes the roof, while the model stays as it is, also for its copies."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the model's outputs."""
        return self.model(inputs)  # type: ignore[no-any-return]


@contextlib.contextmanager
def fresh_leaves() -> Iterator[None]:
    """Let gradients be recorded although somebody holds a loss of before, whose graph belongs to another stream.

    Newer torch refuses otherwise (PyTorch pull request 180090); older has neither that check nor this switch.
    """
    switch = getattr(torch.autograd.graph, "set_override_stale_capture_stream", None)
    if switch is None:
        yield
        return
    switch(True)
    try:
        yield
    finally:
        switch(False)


def recorded(model: nn.Module, inputs: Tensor) -> Call:
    """Return the model's call for inputs of this shape, as graphs; weights, buffers and random numbers as they were.

    Raises:
        ValueError: It cannot be recorded.
    """
    before = [(buffer, buffer.clone()) for buffer in model.buffers()]
    random = torch.cuda.get_rng_state(inputs.device)
    # the threads of loaders go on pinning memory meanwhile; older torch cannot be told that they may
    make: Any = torch.cuda.make_graphed_callables
    threads = "capture_error_mode" in inspect.signature(make).parameters
    mode = {"capture_error_mode": "thread_local"} if threads else {}
    half = torch.autocast(
        "cuda",
        torch.get_autocast_dtype("cuda"),
        enabled=torch.is_autocast_enabled("cuda"),
        cache_enabled=False,  # a weight that was cast before would not be cast again
    )
    try:
        with half, fresh_leaves():
            call: Call = make(Held(model), (inputs.clone(),), allow_unused_input=True, **mode)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"hardware.graphs=true: the model cannot be recorded ({reason}): leave it out") from error
    with torch.no_grad():
        for buffer, value in before:  # the rounds that warm up have moved them
            buffer.copy_(value)
    torch.cuda.set_rng_state(random, inputs.device)
    return call
