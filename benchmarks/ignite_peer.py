"""PyTorch-Ignite: its supervised trainer as the documentation has it, and with nothing that waits for the device."""

from __future__ import annotations

from typing import Any

import torch
from ignite.engine import Events, create_supervised_trainer
from ignite.handlers import LRScheduler
from ignite.metrics import RunningAverage
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from benchmarks.problem import Pace, Problem, unpaced


def fit(problem: Problem, steps: int, pace: Pace[Tensor], lean: bool) -> nn.Module:
    """Train with one of the two trainers and return the model."""
    model = problem.model().to(problem.device)
    optimizer = problem.optimizer(model)
    ways: dict[str, Any] = {"amp_mode": "amp"} if problem.half else {}
    if problem.half:
        torch.set_autocast_dtype(problem.device, torch.bfloat16)  # its "amp" is the device's own kind, float16
    losses = torch.zeros((), device=problem.device)

    def add(inputs: Tensor, targets: Tensor, outputs: Tensor, loss: Tensor) -> None:
        losses.add_(loss.detach(), alpha=len(targets))

    if lean:
        ways["output_transform"] = add
    trainer = create_supervised_trainer(model, optimizer, problem.loss, problem.device, **ways)
    trainer.add_event_handler(Events.ITERATION_STARTED, LRScheduler(LambdaLR(optimizer, problem.curve)))
    if not lean:
        RunningAverage(output_transform=lambda loss: loss).attach(trainer, "loss")
    trainer.run(problem.loaded(steps, pace), max_epochs=1)
    return model


def default(problem: Problem, steps: int, pace: Pace[Tensor] = unpaced) -> nn.Module:
    """Train with the loss read from the device at each step, which is the default, and its running average."""
    return fit(problem, steps, pace, lean=False)


def lean(problem: Problem, steps: int, pace: Pace[Tensor] = unpaced) -> nn.Module:
    """Train with the sum of the losses kept on the device."""
    return fit(problem, steps, pace, lean=True)


PEERS = {"ignite": default, "ignite, lean": lean}
