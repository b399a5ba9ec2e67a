"""Hugging Face Accelerate: a hand-written loop around its wrappers."""

from __future__ import annotations

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from benchmarks.problem import Pace, Problem, unpaced


def train(problem: Problem, steps: int, pace: Pace[Tensor] = unpaced) -> nn.Module:
    """Train for ``steps`` updates of the first epoch and return the model."""
    accelerator = Accelerator(cpu=problem.device == "cpu", mixed_precision="bf16" if problem.half else "no")
    inner = problem.model()
    raw = problem.optimizer(inner)
    model, optimizer, scheduler = accelerator.prepare(inner, raw, LambdaLR(raw, problem.curve))
    model.train()
    losses = torch.zeros((), device=problem.device)
    for inputs, targets in problem.loaded(steps, pace):
        with accelerator.accumulate(model):
            loss = problem.loss(model(inputs), targets)
            accelerator.backward(loss)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
        losses.add_(loss.detach(), alpha=len(targets))
    return inner


PEERS = {"accelerate": train}
