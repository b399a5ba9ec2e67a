"""One device a process, one precision, and the weight update: each choice is made here once, a step has no branches."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from math import isfinite
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from runner.hardware.backward import Mass, Passes
from runner.hardware.clock import clock_for
from runner.hardware.device import resolve, suited, surprises, waits
from runner.hardware.feed import Feed, feeding
from runner.hardware.graphs import Graphs, refuse, refuse_compiled
from runner.hardware.guard import NonFinite, guarded
from runner.hardware.lean import leave_compiler_out
from runner.hardware.meeting import join
from runner.hardware.normalisation import normalises
from runner.hardware.parallel import Cut, Replicated, Single, without_gradient
from runner.hardware.place import place, wanted
from runner.hardware.processes import Alone, Group
from runner.hardware.update import Update
from runner.types import Count, Positive, Whole


class Hardware:
    """Runs forward, backward and update on a device, in one process or in several.

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
        compile: Compile the model with ``torch.compile``, in its default mode or in another one.
        graphs: Record the model's kernels in CUDA graphs and replay them: for many short ones, and batches of one size.
        cudnn_benchmark: Let cuDNN time its algorithms for each shape and take the fastest: a resumed run may take
            others, and end with other bits.
        deterministic: Refuse operations whose results differ from run to run.
        threads: CPU threads of torch, in each process. Other numbers of threads give other bits.
        guard: Batches between two looks at the loss: a NaN or an infinity ends the run, and the layer is named. With
            1 that is before it reaches the weights; with more, before it reaches a checkpoint, for the mean loss of
            each epoch is looked at too. 0: never. null: each batch on a CPU; on a GPU, where a look at each waits
            for the device, every 50, at the loss of the look before. Under fp16 the loss scale watches instead: it
            skips such updates.
        processes: How many train together, each with its part of every batch; "auto" is one for each GPU of this
            machine, and those that torchrun or Slurm have started. The result is that of one process but for the
            order in which numbers are added, and batch normalisation.
        shard: Cut parameters, gradients and optimizer states into one piece a process (FSDP), instead of keeping all
            of them in each (DDP; Li et al., arXiv 2006.15704).
        sync_batch_norm: Normalise with the statistics of the whole batch instead of those of a process's part.
        timeout: Seconds after which a process that does not answer ends the run.

    Raises:
        ValueError: The device is not there, or keys do not go together.
    """

    def __init__(
        self,
        device: str = "auto",
        precision: Literal["auto", "fp32", "tf32", "bf16", "fp16"] = "auto",
        accumulate: Count = 1,
        clip_norm: Positive | None = None,
        clip_value: Positive | None = None,
        channels_last: bool = False,
        compile: bool | Literal["default", "reduce-overhead", "max-autotune"] = False,  # the field's word
        graphs: bool = False,
        cudnn_benchmark: bool = False,
        deterministic: bool = False,
        threads: Count | None = None,
        guard: Whole | None = None,
        processes: Count | Literal["auto"] = 1,
        shard: bool = False,
        sync_batch_norm: bool = False,
        timeout: Positive = 600,
    ) -> None:
        here = place()
        self.device = resolve(device, here.local_rank if here.world > 1 else None)
        self.precision = suited(self.device) if precision == "auto" else precision
        self.accumulate, self.clip_norm, self.clip_value = accumulate, clip_norm, clip_value
        self.channels_last, self.compile, self.deterministic = channels_last, compile, deterministic
        self.cudnn_benchmark = cudnn_benchmark
        self.threads, self.timeout = threads, timeout
        self.graphs, self.shard, self.sync_batch_norm = graphs, shard, sync_batch_norm
        self.processes = wanted(processes, device, self.device)
        """How many train together: what ``runner.train`` starts, if nobody else has."""
        self.notes = [
            *surprises(
                self.device,
                self.precision,
                cudnn_benchmark=cudnn_benchmark,
                compile=compile,
                graphs=graphs,
                guard=guard,
                threads=threads,
                world=self.processes,
                shard=shard,
                sync_batch_norm=sync_batch_norm,
            )
        ]
        """Settings that do nothing or harm here, in words: nothing is skipped silently."""
        if processes == "auto" and self.device.type == "cpu" and here.world == 1:
            self.notes.append("hardware.processes=auto found no GPU: one process; 2 would share the CPU")
        cores = os.cpu_count() or 1
        if self.device.type == "cpu" and self.processes > cores:
            self.notes.append(f"hardware.processes={self.processes} take turns on {cores} cores")
        refuse_compiled(compile, accumulate, self.device)
        if graphs:
            refuse(accumulate, compile, self.processes, shard)
        if shard and channels_last and self.processes > 1:
            raise ValueError("hardware.shard=true cuts contiguous weights only: use hardware.channels_last=false")
        if shard and self.precision == "fp16":
            raise ValueError("hardware.shard=true has no loss scale for hardware.precision=fp16: use bf16")
        half = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(self.precision)
        self.context: AbstractContextManager[Any] = torch.autocast(self.device.type, half) if half else nullcontext()
        self.scaler = torch.amp.GradScaler(self.device.type) if self.precision == "fp16" else None
        self.clock = clock_for(self.device)
        self.group: Alone | Group = Alone()
        """The processes; one until ``prepare``."""
        self.spread = Single()
        """How the model lies in them."""
        self.every = guard if guard is not None else 1 if self.device.type == "cpu" else 50
        self.guarded = self.every > 0 and self.scaler is None
        self.mass: Mass = len
        """What the mean of a batch's loss is a mean over; a task with weights for its classes says otherwise."""

        self.trained: Callable[[Tensor], Tensor]
        """What is called in training: the model, or what stands before it."""

    def prepare(self) -> None:
        """Set torch's global switches, and meet the other processes; called once by a run, never by a check."""
        here = join(self.timeout)
        if self.threads:
            torch.set_num_threads(self.threads)
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
            torch.backends.cudnn.allow_tf32 = self.precision == "tf32"  # torch's own default rounds in convolutions
            torch.backends.cudnn.benchmark = self.cudnn_benchmark
            torch.set_float32_matmul_precision("high" if self.precision == "tf32" else "highest")
        if not self.compile:
            leave_compiler_out()
        if self.deterministic:
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
            torch.use_deterministic_algorithms(True)
            torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # else slow
        self.feed: Feed = feeding(self.device, self.clock.lap)
        """Brings inputs that stay on the host to the device."""
        if here.world > 1:
            self.group = Group(here, self.device, self.timeout)
            self.spread = (Cut if self.shard else Replicated)(self.group, self.sync_batch_norm)

    def place(self, model: nn.Module) -> nn.Module:
        """Move a model to the device, in the chosen memory layout, compiled and cut up if asked for; return it."""
        images = any(parameter.dim() == 4 for parameter in model.parameters())
        if self.channels_last and not images:
            self.notes.append("hardware.channels_last has no effect: the model has no convolution over images")
        layout = torch.channels_last if self.channels_last and images else torch.preserve_format
        model = model.to(self.device, memory_format=layout)  # type: ignore[call-overload]
        if self.sync_batch_norm and self.group.world > 1 and not normalises(model):
            self.notes.append("hardware.sync_batch_norm has no effect: the model has no batch normalisation")
        model = self.spread.place(model)
        if self.compile:
            model.compile(**({} if self.compile is True else {"mode": self.compile}))
        self.model, self.trained = model, model
        return model

    def attach(self, optimizer: Optimizer) -> None:
        """Take the optimizer, and choose what a step is: ``backward`` and ``update``."""
        self.optimizer = optimizer
        self.notes += waits(optimizer, self.device, self.precision)
        self.trained = self.spread.together(self.model)
        if self.graphs and self.device.type == "cuda":
            self.trained = Graphs(self.model)
        passes = Passes(self.context, self.scaler, self.clock, self.mass, self.accumulate, self.group, self.spread.hold)
        self.backward = passes.chosen()
        if self.guarded:
            late = self.device.type == "cuda" and self.every > 1
            self.backward = guarded(self.backward, self.model, self.group, self.context, self.every, late)
        self.changes = Update(
            optimizer, self.scaler, self.clock, self.clip_norm, self.clip_value, direct=not self.compile
        )
        self.update = self.changes.plain if self.scaler is None else self.changes.scaled

    def finite(self, loss: float) -> float:
        """Return the mean loss of an epoch, which is a number, if any loss of the epoch was looked at.

        Raises:
            NonFinite: It is none: what follows must not be saved.
        """
        if self.guarded and not isfinite(loss):
            raise NonFinite(f"the mean loss of the epoch is {loss}: hardware.guard=1 names the update and the layer")
        return loss

    def told(self, error: Exception) -> Exception:
        """Return an error as it is to be told: some of torch's say too little of what to do."""
        from runner.hardware.memory import explained

        if words := without_gradient(error, self.model):
            return RuntimeError(words)
        return explained(error, self)

    @property
    def watch_norm(self) -> bool:
        """Whether each update leaves the norm of its gradient in ``norm``."""
        return self.changes.watched

    @watch_norm.setter
    def watch_norm(self, watched: bool) -> None:
        self.changes.watch(watched)

    @property
    def norm(self) -> Tensor | None:
        """The norm of the last gradient before clipping, on the device; reading it waits for the device."""
        return self.changes.norm

    def state_dict(self) -> dict[str, Any]:
        """Return the loss scale, if there is one."""
        return self.scaler.state_dict() if self.scaler else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what ``state_dict`` returned."""
        if self.scaler and state:
            self.scaler.load_state_dict(state)
