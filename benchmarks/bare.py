"""The yardstick: the loop that a person would write by hand over tensors in memory, with the mathematics of ours."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchmarks.problem import Pace, Problem, unpaced
from runner.schedule.onecycle import onecycle


def train(problem: Problem, steps: int, pace: Pace[Tensor] = unpaced) -> nn.Module:
    """Train for ``steps`` updates of the first epoch and return the model."""
    rows, truth, shift, scale = problem.stored
    model = problem.model()
    model.train()
    optimizer = problem.optimizer(model)
    losses, updates = torch.zeros(()), problem.total
    for step, index in enumerate(pace(problem.order().split(problem.batch)[:steps])):
        inputs = rows.index_select(0, index).float().sub_(shift).mul_(scale)
        targets = truth.index_select(0, index)
        rate = problem.lr * onecycle(step, updates)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = cross_entropy(model(inputs), targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.add_(loss.detach(), alpha=len(index))
    return model


PEERS = {"bare": train}
