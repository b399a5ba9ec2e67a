"""The training loop, on one page. What changes the weights is here or in ``hardware.update``, nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from runner.interrupt import Interrupt, Interrupted
from runner.randomness import undisturbed

if TYPE_CHECKING:
    from runner.callback.base import Callback
    from runner.dataset.data import Loader
    from runner.hardware.hardware import Hardware
    from runner.schedule.schedule import Schedule
    from runner.task.base import Task

log = logging.getLogger(__name__)


@dataclass
class Best:
    """The best epoch so far, by the objective."""

    value: float
    epoch: int
    metrics: dict[str, float]


@dataclass
class Run:
    """Everything that a run is made of, and where it stands."""

    folder: Path
    model: nn.Module
    task: Task
    optimizer: Optimizer
    schedule: Schedule
    hardware: Hardware
    batches: Mapping[str, Loader]  # train, valid, test
    callbacks: Mapping[str, Callback]  # in the order in which they are called
    epochs: int
    objective: str
    direction: str
    facts: dict[str, Any] = field(default_factory=dict)  # for records and the terminal, never for the weights
    interrupt: Interrupt = field(default_factory=Interrupt)
    load_best: Callable[[], None] = lambda: None  # a checkpoint callback brings the best weights back
    load_last: Callable[[], None] = lambda: None  # ... and the last state

    epoch: int = 0  # epochs completed
    batch: int = 0  # batches completed in the current epoch
    step: int = 0  # weight updates in all
    seen: int = 0  # predictions of the current epoch: samples, or tokens
    total: Tensor = field(default_factory=lambda: torch.zeros(()))  # sum of the losses of the current epoch
    loss: Tensor = field(default_factory=lambda: torch.zeros(()))  # of the last batch, on the device
    metrics: dict[str, float] = field(default_factory=dict)  # of the last epoch
    best: Best | None = None
    reasons: list[str] = field(default_factory=list)  # why it stopped early
    status: str = "failed"  # until something better is known

    def __post_init__(self) -> None:
        self.evaluated: nn.Module = self.model  # EMA swaps in its average
        self.total = self.total.to(self.hardware.device)

    def improved(self) -> bool:
        """Tell whether the last epoch is the best so far."""
        return self.best is not None and self.best.epoch == self.epoch

    def rank(self) -> None:
        """Compare the last epoch with the best one; NaN is never better."""
        if (value := self.metrics.get(self.objective)) is None:
            raise ValueError(f"objective={self.objective} was not measured: there is {', '.join(self.metrics)}")
        sign = 1 if self.direction == "max" else -1
        if sign * value > (sign * self.best.value if self.best else float("-inf")):
            self.best = Best(value, self.epoch, dict(self.metrics))


def fit(run: Run) -> None:
    """Train until ``run.epochs`` or a callback's reason to stop; then test the best weights, once, unless pruned."""
    with ExitStack() as stack:
        try:
            for callback in run.callbacks.values():
                stack.callback(callback.close, run)
                callback.start(run)
            run.hardware.clock.lap("startup")
            while run.epoch < run.epochs and not run.reasons:
                loss = run.hardware.watch.through(train_epoch, run)  # if need be, once more from a checkpoint
                run.hardware.spread.average([run.model, run.evaluated])
                run.metrics = {"train/loss": loss, **run.hardware.watch.counts(), **evaluate(run, "valid")}
                run.epoch, run.batch, run.seen = run.epoch + 1, 0, 0
                run.total.zero_()
                run.rank()
                run.schedule.observe(run.metrics[run.objective], run.direction)
                for callback in run.callbacks.values():
                    if reason := callback.epoch(run):
                        run.reasons.append(reason)
                run.reasons = run.hardware.group.unite(run.reasons)  # one process asking is enough
            if run.best is None:
                raise ArithmeticError(f"{run.objective} was not a number in any epoch: there is no best one")
            pruned = any(reason.startswith("pruned: ") for reason in run.reasons)  # by a search: no test is wanted
            if not pruned:
                run.load_best()
                run.metrics |= evaluate(run, "test")
            run.hardware.group.settle()
            run.status = "pruned" if pruned else "stopped" if run.reasons else "finished"
        except Interrupted:
            run.hardware.group.settle()
            run.status = "interrupted"
            raise
        except Exception as error:
            told = run.hardware.told(error)
            log.error("failed in epoch %d after step %d", min(run.epoch + 1, run.epochs), run.step, exc_info=told)
            if told is error:
                raise
            raise told from error


def train_epoch(run: Run) -> None:
    """Update the weights once per batch, from wherever the epoch stands."""
    run.model.train()
    if not run.batch:
        forget(run.model)
    hardware, clock, task, model = run.hardware, run.hardware.clock, run.task, run.hardware.trained
    steps = [callback.step for callback in run.callbacks.values() if callback.watches_steps()]

    def forward(inputs: Tensor, targets: Tensor) -> Tensor:
        return task.loss(model(inputs), targets)

    clock.lap("other")
    for inputs, targets in run.batches["train"](run.epoch, run.batch):
        clock.lap("data")
        run.schedule(run.step)
        run.loss = hardware.backward(forward, inputs, targets)
        count = hardware.update() * task.count(targets)  # a batch that was left out counts nothing
        run.total.add_(run.loss, alpha=count)  # stays on the device: no waiting for it
        run.seen, run.batch, run.step = run.seen + count, run.batch + 1, run.step + 1
        for step in steps:
            step(run)
        run.interrupt.check()
        clock.lap("callbacks")


@torch.no_grad()  # not inference mode: weights that are gathered from pieces here are trained with later
@undisturbed()  # an evaluation that was interrupted is done again: training must not notice how often
def evaluate(run: Run, part: str) -> dict[str, float]:
    """Return the task's metrics over ``part``, every sample counted once; read from the device once, at the end."""
    run.hardware.clock.lap("other")
    run.evaluated.eval()
    forget(run.evaluated)
    sums: dict[str, Tensor] = {}
    for batch in run.batches[part]():
        inputs, targets, counted = run.hardware.group.own(*batch)
        with run.hardware.context:
            outputs = run.evaluated(inputs)
        for name, value in run.task.measure(outputs, targets).items() if counted else ():
            sums[name] = sums[name] + value if name in sums else value
        run.interrupt.check()
        run.hardware.clock.lap("evaluation")
    metrics = run.task.summarise(sums) if (sums := run.hardware.group.sum(sums)) else {}
    run.hardware.clock.lap("evaluation")
    return {f"{part}/{name}": value for name, value in metrics.items()}


def forget(model: nn.Module) -> None:
    """Let every part of a model that carries a state from batch to batch begin anew."""
    for module in model.modules():
        if callable(getattr(type(module), "forget", None)):  # a method: most models carry nothing
            module.forget()  # type: ignore[operator]
