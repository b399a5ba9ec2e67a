"""One device a process, one precision, and the weight update: each choice is made here once, a step has no branches."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from runner.hardware.backward import Mass, Passes
from runner.hardware.clock import clock_for
from runner.hardware.device import resolve, suited
from runner.hardware.faults import Faults
from runner.hardware.feed import Feed, feeding
from runner.hardware.graphs import Graphs, refuse, refuse_compiled
from runner.hardware.guard import Backward, guarded
from runner.hardware.lean import leave_compiler_out
from runner.hardware.lost import without_worker
from runner.hardware.meeting import join
from runner.hardware.normalisation import normalises, without_variance
from runner.hardware.parallel import Cut, Replicated, Single, without_gradient
from runner.hardware.part import shortfall
from runner.hardware.place import place, wanted
from runner.hardware.processes import Alone, Group, backend_of
from runner.hardware.scale import living
from runner.hardware.skip import Skip
from runner.hardware.split import Splitting, refuse_split
from runner.hardware.surprises import surprises, waits
from runner.hardware.update import Update
from runner.hardware.watch import Watch
from runner.types import Count, Positive, Share, Whole


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
            skips such updates, and where it dies the run ends.
        nonfinite: What a NaN or an infinity does. "stop": the run ends, no checkpoint ever holds it. "skip": a batch
            whose loss or gradient is not finite is left out and counted; each is looked at, which waits for a GPU.
            "rewind": the run goes back to its last checkpoint and goes on with a lower learning rate.
        nonfinite_limit: Batches in a row that are left out, or times that the run goes back; with one more it ends.
        rewind_rate: What the learning rate is multiplied by, each time that the run goes back.
        on_oom: What a batch does that takes too much memory. "stop": the run ends, and tells what would help. "split":
            it is computed in twice as many micro-batches, like all that follow: see ``accumulate``.
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
        nonfinite: Literal["stop", "skip", "rewind"] = "stop",
        nonfinite_limit: Count = 10,
        rewind_rate: Share = 0.5,
        on_oom: Literal["stop", "split"] = "stop",
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
                nonfinite=nonfinite,
                limited=nonfinite_limit != 10,
                slowed=rewind_rate != 0.5,
            )
        ]
        """Settings that do nothing or harm here, in words: nothing is skipped silently."""
        if processes == "auto" and self.device.type == "cpu" and here.world == 1:
            self.notes.append("hardware.processes=auto found no GPU: one process; 2 would share the CPU")
        cores = os.cpu_count() or 1
        if self.device.type == "cpu" and self.processes > cores:
            self.notes.append(f"hardware.processes={self.processes} take turns on {cores} cores")
        self.nonfinite, self.limit, self.rewind_rate = nonfinite, nonfinite_limit, rewind_rate
        if nonfinite == "rewind" and guard == 0:
            raise ValueError("hardware.nonfinite=rewind does not go with hardware.guard=0, which never looks")
        self.on_oom = on_oom
        if on_oom == "split":
            refuse_split(self.processes, graphs, compile)
        self.faults = Faults()
        """What went wrong and was dealt with, so far."""
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
        self.clock = clock_for(self.device, compiles=bool(compile))
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
            if self.device.type == "cuda" and backend_of(self.device) == "gloo":
                self.notes.append("hardware: this torch has no NCCL: gradients take the way over the CPU, with gloo")
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
        self.least = 2 if normalises(self.model) and not self.sync_batch_norm else 1
        passes = Passes(
            self.context, self.scaler, self.clock, self.mass, self.accumulate, self.group, self.spread.hold, self.least
        )
        self.backward: Backward = passes.chosen()
        if self.on_oom == "split":
            self.splitting = Splitting(passes, self.model, self.faults)
            self.backward = self.splitting
        self.changes = Update(
            optimizer, self.scaler, self.clock, self.clip_norm, self.clip_value, direct=not self.compile
        )
        self.update: Callable[[], int] = self.changes.plain if self.scaler is None else self.changes.scaled
        self.watch = Watch(
            model=self.model,
            changes=self.changes,
            group=self.group,
            faults=self.faults,
            policy=self.nonfinite,
            limit=self.limit,
            factor=self.rewind_rate,
            losses=self.guarded,
            weights=self.every > 0,
        )
        late = self.device.type == "cuda" and self.every > 1
        if self.scaler is not None:
            self.update = living(self.update, self.scaler, self.every, late) if self.every else self.update
        elif self.nonfinite == "skip":
            skip = Skip(self.backward, self.changes, self.model, self.group, self.context, self.faults, self.limit)
            self.backward, self.update = skip.backward, skip.update
        elif self.guarded:
            self.backward = guarded(self.backward, self.model, self.group, self.context, self.every, late)

    def told(self, error: Exception) -> Exception:
        """Return an error as it is to be told: some of torch's say too little of what to do."""
        from runner.hardware.memory import explained

        if words := without_gradient(error, self.model) or without_variance(error) or without_worker(error):
            told = RuntimeError(words)
            told.__cause__ = error  # with the traceback, for the log
            return told
        return explained(error, self)

    def shortfall(self, size: int) -> list[str]:
        """Return what to know of batches of so many samples, if that is too few for what they are to be split into."""
        return shortfall(size, self.group.world, self.least, self.accumulate)

    @property
    def watch_norm(self) -> bool:
        """Whether each update leaves the norm of its gradient in ``norm``."""
        return self.changes.watched

    @watch_norm.setter
    def watch_norm(self, watched: bool) -> None:
        self.changes.watch(watched or self.nonfinite == "skip")

    @property
    def norm(self) -> Tensor | None:
        """The norm of the last gradient before clipping, on the device; reading it waits for the device."""
        return self.changes.norm

    def state_dict(self) -> dict[str, Any]:
        """Return the loss scale, if there is one, and what went wrong and was dealt with, if anything did."""
        faults = self.faults.state_dict()
        return (self.scaler.state_dict() if self.scaler else {}) | ({"faults": faults} if faults else {})

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what ``state_dict`` returned."""
        self.faults.load_state_dict(state.get("faults", {}))
        if self.on_oom == "split":
            self.splitting.again()
        if self.scaler and "scale" in state:
            self.scaler.load_state_dict(state)
