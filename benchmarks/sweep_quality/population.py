"""Hundreds of small models trained at once, each with its own settings, on the same batches: one product for all.

Every member does what ``runner`` does with the same words: torch's initial weights, the batches of
``runner.dataset.batch``, the update rules of ``torch.optim``; what dropout draws is shared by the members of a width.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from runner.dataset.batch import Batches
from runner.dataset.data import Splits
from runner.model.linear import Linear
from runner.model.mlp import MLP
from runner.randomness import seed_all
from runner.schedule.cosine import cosine

Settings = Mapping[str, Tensor]
"""float32 [members] of each of: lr, and where they are not 0 or 1: weight_decay, gamma (of the rate, an epoch),
dropout."""


class Weights(Protocol):
    """All weights of a population, and how to change them."""

    settings: Settings

    def step(self, inputs: Tensor, targets: Tensor, rate: Tensor) -> None: ...
    def score(self, inputs: Tensor, targets: Tensor) -> Tensor: ...


@dataclass
class Parameter:
    """One tensor of every member, and the state that its optimizer keeps.

    Attributes:
        value: Members lie along some dimension.
        shape: What makes a tensor [members] of settings broadcast over ``value``.
        decayed: Weight decay is for it: no bias.
    """

    value: Tensor
    shape: tuple[int, ...]
    decayed: bool
    first: Tensor | None = None
    second: Tensor | None = None
    steps: int = 0

    def over(self, setting: Tensor) -> Tensor:
        """Return settings [members] in the shape of the tensor."""
        if self.value.dim() == 2 and len(setting) != self.value.shape[-1] and self.shape == (-1,):
            setting = setting.repeat_interleave(self.value.shape[-1] // len(setting))
        return setting.reshape(self.shape)


class Sgd:
    """SGD with Nesterov's momentum and an L2 penalty, as ``torch.optim.SGD`` does it."""

    def __init__(self, momentum: float) -> None:
        self.momentum = momentum

    def __call__(self, at: Parameter, gradient: Tensor, rate: Tensor, decay: Tensor | None) -> None:
        if decay is not None and at.decayed:
            gradient.addcmul_(at.value, at.over(decay))
        if self.momentum:
            if at.first is None:
                at.first = gradient.clone()
            else:
                at.first.mul_(self.momentum).add_(gradient)
            gradient.add_(at.first, alpha=self.momentum)
        at.value.sub_(gradient.mul_(at.over(rate)))


class AdamW:
    """Adam with decoupled weight decay, as ``torch.optim.AdamW`` does it."""

    betas = (0.9, 0.999)
    eps = 1e-8

    def __call__(self, at: Parameter, gradient: Tensor, rate: Tensor, decay: Tensor | None) -> None:
        first, second = self.betas
        if at.first is None or at.second is None:
            at.first, at.second = torch.zeros_like(gradient), torch.zeros_like(gradient)
        at.steps += 1
        if decay is not None and at.decayed:
            at.value.mul_(at.over(1 - rate * decay))
        at.first.lerp_(gradient, 1 - first)
        at.second.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        root = torch.sqrt(at.second, out=gradient).div_((1 - second**at.steps) ** 0.5).add_(self.eps)
        change = torch.div(at.first, root, out=root)
        at.value.sub_(change.mul_(at.over(rate / (1 - first**at.steps))))


Rule = Sgd | AdamW


class Logistic:
    """Logistic regressions: inputs [b, features], weights [features, members], one logit each."""

    def __init__(self, shape: tuple[int, ...], settings: Settings, rule: Rule) -> None:
        members = len(settings["lr"])
        one: Any = Linear(shape, 1).layers[1]
        self.weight = Parameter(one.weight.detach().T.repeat(1, members), (-1,), True)
        self.bias = Parameter(one.bias.detach().repeat(members), (-1,), False)
        self.settings, self.rule = settings, rule

    def step(self, inputs: Tensor, targets: Tensor, rate: Tensor) -> None:
        """Update on a batch, at the rate of each member."""
        logits = torch.addmm(self.bias.value, inputs, self.weight.value)
        error = logits.sigmoid_().sub_(targets.float()[:, None]).div_(len(inputs))
        decay = self.settings.get("weight_decay")
        self.rule(self.weight, inputs.T @ error, rate, decay)
        self.rule(self.bias, error.sum(0), rate, decay)

    def score(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the area under the ROC curve of each member."""
        logits = torch.addmm(self.bias.value, inputs, self.weight.value)
        return areas(logits.T.contiguous(), targets)


class Perceptrons:
    """Perceptrons with one hidden layer of the same width: the first layer of all is one product."""

    def __init__(self, shape: tuple[int, ...], classes: int, width: int, settings: Settings, rule: Rule) -> None:
        members = len(settings["lr"])
        layers: Any = MLP(shape, classes, [width]).layers
        first, last = layers[1], layers[3]
        self.members, self.width = members, width
        self.weight = Parameter(first.weight.detach().T.repeat(1, members), (-1,), True)
        self.bias = Parameter(first.bias.detach().repeat(members, 1), (-1, 1), False)
        self.last = Parameter(last.weight.detach().T.repeat(members, 1, 1), (-1, 1, 1), True)
        self.shift = Parameter(last.bias.detach().repeat(members, 1, 1), (-1, 1, 1), False)
        self.settings, self.rule = settings, rule

    def hidden(self, inputs: Tensor) -> Tensor:
        """Return the hidden activations, [members, b, width]."""
        sums = torch.addmm(self.bias.value.flatten(), inputs, self.weight.value)
        return sums.relu_().view(len(inputs), self.members, self.width).transpose(0, 1)

    def step(self, inputs: Tensor, targets: Tensor, rate: Tensor) -> None:
        """Update on a batch, at the rate of each member."""
        hidden = self.hidden(inputs)
        passed = (hidden > 0).float()
        if (dropout := self.settings.get("dropout")) is not None:
            share = dropout[:, None, None]
            passed.mul_(torch.rand(len(inputs), self.width) >= share).div_(1 - share)
            hidden = hidden * passed  # an activation above 0 is kept as it is, scaled, or dropped
        scores = torch.baddbmm(self.shift.value, hidden, self.last.value)
        error = scores.softmax(2)
        error[:, torch.arange(len(targets)), targets] -= 1
        error.div_(len(inputs))
        back = torch.bmm(error, self.last.value.transpose(1, 2)).mul_(passed)
        flat = back.transpose(0, 1).reshape(len(inputs), -1)
        decay = self.settings.get("weight_decay")
        self.rule(self.last, torch.bmm(hidden.transpose(1, 2), error), rate, decay)
        self.rule(self.shift, error.sum(1, keepdim=True), rate, decay)
        self.rule(self.weight, inputs.T @ flat, rate, decay)
        self.rule(self.bias, back.sum(1), rate, decay)

    def score(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the share of each member that is right."""
        right = torch.zeros(self.members)
        for some, truth in zip(inputs.split(256), targets.split(256), strict=True):
            scores = torch.baddbmm(self.shift.value, self.hidden(some), self.last.value)
            right += (scores.argmax(2) == truth).sum(1)
        return right / len(inputs)


def rates(settings: Settings, step: int, total: int, epochs: int) -> Tensor:
    """Return the learning rate of each member: half a cosine, or with ``gamma`` that share of it left by an epoch."""
    if "gamma" in settings:
        return settings["lr"] * settings["gamma"] ** (step * epochs / total)
    return settings["lr"] * cosine(step, total)


def areas(scores: Tensor, targets: Tensor) -> Tensor:
    """Return the area under the ROC curve of each row of scores [members, n]; equal scores do not occur."""
    place = scores.argsort(1)
    hits = targets.bool()[place]
    ranks = torch.arange(1, scores.shape[1] + 1, dtype=torch.float64)
    positives = int(targets.sum())
    wins = (hits * ranks).sum(1) - positives * (positives + 1) / 2
    return (wins / (positives * (len(targets) - positives))).float()


def train(weights: Weights, splits: Splits, batch: int, epochs: int, seed: int) -> Tensor:
    """Train a population and return what each member scored on the validation part after each epoch.

    Args:
        weights: Of the population; changed.
        splits: The data.
        batch: Samples in a batch.
        epochs: How many.
        seed: Of the order of the samples.

    Returns:
        float32 [members, epochs].
    """
    device = torch.device("cpu")
    batches = Batches(splits.train, batch, mean=splits.mean, std=splits.std, device=device, seed=seed, shuffle=True)
    whole = Batches(splits.valid, len(splits.valid), mean=splits.mean, std=splits.std, device=device)
    held, truth = next(iter(whole()))
    held, curves = held.flatten(1), []
    for epoch in range(epochs):
        for number, (inputs, targets) in enumerate(batches(epoch)):
            rate = rates(weights.settings, epoch * len(batches) + number, epochs * len(batches), epochs)
            weights.step(inputs.flatten(1), targets, rate)
        curves.append(weights.score(held, truth))
    return torch.stack(curves, 1)


def born(seed: int) -> None:
    """Seed what initial weights and dropout draw, as a run with ``seed=`` does."""
    seed_all(seed)
