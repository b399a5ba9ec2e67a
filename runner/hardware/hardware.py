"""One device, one precision, and the weight update: every choice is made here once, so that a step has no branches."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from math import isfinite
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from torch.optim import Optimizer

from runner.hardware.clock import Clock
from runner.hardware.device import resolve, suited, surprises
from runner.hardware.guard import NonFinite, culprit
from runner.hardware.lean import direct_step, leave_compiler_out
from runner.types import Count, Positive, Whole

Forward = Callable[[Tensor, Tensor], Tensor]
Backward = Callable[[Forward, Tensor, Tensor], Tensor]


class Hardware:
    """Runs forward, backward and update on a device.

    Args:
        device: "auto" (the accelerator that is present, else the CPU), "cpu", "cuda", "cuda:1", "mps", "xpu".
        precision: "auto" is bf16 on a GPU that has it and fp32 elsewhere; "tf32" rounds the inputs of matrix
            products on NVIDIA GPUs; "bf16" and "fp16" compute under autocast, fp16 with a loss scale
            (Micikevicius et al., arXiv 1710.03740).
        accumulate: Micro-batches that a batch is split into. The gradient is that of the whole batch, also for a
            short last batch, so this trades memory for time and changes the result by rounding alone (batch
            normalisation sees the micro-batches).
        clip_norm: Largest Euclidean norm of the whole gradient.
        clip_value: Largest absolute value of a gradient element.
        channels_last: Keep images and convolution weights as (n, height, width, channels) in memory.
        compile: Compile the model with ``torch.compile``.
        deterministic: Refuse operations whose results differ from run to run.
        threads: CPU threads of torch. Other numbers of threads give other bits.
        guard: Batches between two looks at the loss: a NaN or an infinity ends the run, and the layer is named. With
            1 that is before it reaches the weights; with more, before it reaches a checkpoint, for the mean loss of
            each epoch is looked at too. 0: never. null: each batch on a CPU; on a GPU, where a look waits for the
            device, every 50. Under fp16 the loss scale watches instead: it skips such updates.

    Raises:
        ValueError: The device is not there.
    """

    def __init__(
        self,
        device: str = "auto",
        precision: Literal["auto", "fp32", "tf32", "bf16", "fp16"] = "auto",
        accumulate: Count = 1,
        clip_norm: Positive | None = None,
        clip_value: Positive | None = None,
        channels_last: bool = False,
        compile: bool = False,  # the field's word
        deterministic: bool = False,
        threads: Count | None = None,
        guard: Whole | None = None,
    ) -> None:
        self.device = resolve(device)
        self.precision = suited(self.device) if precision == "auto" else precision
        self.accumulate, self.clip_norm, self.clip_value = accumulate, clip_norm, clip_value
        self.channels_last, self.compile, self.deterministic = channels_last, compile, deterministic
        self.threads = threads
        self.notes = [*surprises(self.device, self.precision)]
        """Settings that do nothing or harm here, in words: nothing is skipped silently."""
        half = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(self.precision)
        self.context: AbstractContextManager[Any] = torch.autocast(self.device.type, half) if half else nullcontext()
        self.scaler = torch.amp.GradScaler(self.device.type) if self.precision == "fp16" else None
        self.clock = Clock()
        self.whole: Backward = self._whole
        every = guard if guard is not None else 1 if self.device.type == "cpu" else 50
        self.guarded = every > 0 and self.scaler is None
        if self.guarded:
            self.whole = self._guarded(every)
        elif guard and self.scaler is not None:
            self.notes.append(
                "hardware.guard has no effect with fp16: the loss scale skips updates that are not finite"
            )
        self.backward = self.whole if accumulate == 1 else self._accumulated
        self.mass: Callable[[Tensor], float | Tensor] = len
        """What the mean of a batch's loss is a mean over; a task with weights for its classes says otherwise."""
        self.update = self._plain if self.scaler is None else self._scaled
        self.clipped = clip_norm is not None or clip_value is not None

    def prepare(self) -> None:
        """Set torch's global switches; called once by a run, never by a check."""
        if self.threads:
            torch.set_num_threads(self.threads)
        if self.device.type == "cuda":
            torch.set_float32_matmul_precision("high" if self.precision == "tf32" else "highest")
        if not self.compile:
            leave_compiler_out()
        if self.deterministic:
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
            torch.use_deterministic_algorithms(True)

    def place(self, model: nn.Module) -> nn.Module:
        """Move a model to the device, in the chosen memory layout, compiled if asked for; return it."""
        images = any(parameter.dim() == 4 for parameter in model.parameters())
        if self.channels_last and not images:
            self.notes.append("hardware.channels_last has no effect: the model has no convolution over images")
        layout = torch.channels_last if self.channels_last and images else torch.preserve_format
        model = model.to(self.device, memory_format=layout)  # type: ignore[call-overload]
        if self.compile:
            model.compile()
        self.model = model
        return model

    def attach(self, optimizer: Optimizer) -> None:
        """Take the optimizer that ``update`` steps."""
        self.optimizer = optimizer
        self.parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        self.step = optimizer.step if self.compile else direct_step(optimizer)

    def _whole(self, forward: Forward, inputs: Tensor, targets: Tensor) -> Tensor:
        with self.context:
            loss = forward(inputs, targets)
        self.clock.lap("forward")
        (loss if self.scaler is None else self.scaler.scale(loss)).backward()
        self.clock.lap("backward")
        return loss.detach()

    def _accumulated(self, forward: Forward, inputs: Tensor, targets: Tensor) -> Tensor:
        total = torch.zeros((), device=self.device)
        for part, truth in zip(inputs.chunk(self.accumulate), targets.chunk(self.accumulate), strict=True):
            share = self.mass(truth) / self.mass(targets)  # of the batch: a short last batch is still one whole
            total += self.whole(lambda x, y, share=share: forward(x, y) * share, part, truth)  # type: ignore[misc]
        return total

    def _guarded(self, every: int) -> Backward:
        until = every

        def guarded(forward: Forward, inputs: Tensor, targets: Tensor) -> Tensor:
            nonlocal until
            loss = self._whole(forward, inputs, targets)
            until -= 1
            if not until:
                until = every
                value = loss.float().cpu().numpy()  # on a CPU its own memory: no copy, no operation
                if not isfinite(value):
                    with self.context:
                        reason = culprit(self.model, forward, inputs, targets)
                    when = "" if every == 1 else f" after one of the last {every} updates (hardware.guard=1 names it)"
                    raise NonFinite(f"the loss is {value}{when}: {reason}")
            return loss

        return guarded

    def finite(self, loss: float) -> float:
        """Return the mean loss of an epoch, which is a number, if any loss of the epoch was looked at.

        Raises:
            NonFinite: It is none: what follows must not be saved.
        """
        if self.guarded and not isfinite(loss):
            raise NonFinite(f"the mean loss of the epoch is {loss}: hardware.guard=1 names the update and the layer")
        return loss

    def _plain(self) -> None:
        if self.clipped:
            self.clip()
        self.step()
        for parameter in self.parameters:
            parameter.grad = None
        self.clock.lap("optimizer")

    def _scaled(self) -> None:
        assert self.scaler is not None
        self.scaler.unscale_(self.optimizer)
        self.clip()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad()
        self.clock.lap("optimizer")

    def clip(self) -> None:
        """Shrink the gradients to the limits that were set."""
        if self.clip_value is not None:
            clip_grad_value_(self.parameters, self.clip_value)
        if self.clip_norm is not None:
            clip_grad_norm_(self.parameters, self.clip_norm)

    def any(self, reasons: Sequence[str]) -> bool:
        """Tell whether any process has a reason; with one process, whether there is one."""
        return bool(reasons)

    def state_dict(self) -> dict[str, Any]:
        """Return the loss scale, if there is one."""
        return self.scaler.state_dict() if self.scaler else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what ``state_dict`` returned."""
        if self.scaler and state:
            self.scaler.load_state_dict(state)
