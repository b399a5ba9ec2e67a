"""Lightning Fabric: a hand-written loop around its wrappers."""

from __future__ import annotations

import torch
from lightning.fabric import Fabric
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchmarks.problem import Loaded, Pace, Problem, unpaced


def train(problem: Problem, steps: int, pace: Pace[Tensor] = unpaced) -> nn.Module:
    """Train for ``steps`` updates of the first epoch and return the model."""
    fabric = Fabric(accelerator="cpu", devices=1)
    inner = problem.model()
    model, optimizer = fabric.setup(inner, problem.optimizer(inner))
    model.train()
    losses = torch.zeros(())
    for step, (inputs, targets) in enumerate(Loaded(problem, steps, pace)):
        rate = problem.lr * problem.curve(step)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = cross_entropy(model(inputs), targets)
        fabric.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
        losses.add_(loss.detach(), alpha=len(targets))
    return inner


PEERS = {"fabric": train}
