"""Lightning Fabric: a hand-written loop around its wrappers."""

from __future__ import annotations

import torch
from lightning.fabric import Fabric
from torch import Tensor, nn

from benchmarks.problem import Pace, Problem, unpaced


def train(problem: Problem, steps: int, pace: Pace[Tensor] = unpaced) -> nn.Module:
    """Train for ``steps`` updates of the first epoch and return the model."""
    precision = "bf16-mixed" if problem.half else "32-true"
    fabric = Fabric(accelerator=problem.device, devices=1, precision=precision)
    inner = problem.model()
    model, optimizer = fabric.setup(inner, problem.optimizer(inner))
    model.train()
    losses = torch.zeros((), device=problem.device)
    for step, (inputs, targets) in enumerate(problem.loaded(steps, pace)):
        rate = problem.lr * problem.curve(step)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = problem.loss(model(inputs), targets)
        fabric.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
        losses.add_(loss.detach(), alpha=len(targets))
    return inner


PEERS = {"fabric": train}
