"""The training that every peer does: same data, weights, batches, order, optimizer and learning rates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from runner.dataset.batch import derive
from runner.dataset.data import Splits
from runner.dataset.noise import noise
from runner.optimizer.groups import groups
from runner.schedule.onecycle import onecycle

Item = TypeVar("Item")
Pace = Callable[[Iterable[Item]], Iterable[Item]]
"""Wraps the batches of a training so that it can be held between two of them."""


def unpaced(batches: Iterable[Item]) -> Iterable[Item]:
    """Return the batches as they are."""
    return batches


@dataclass(frozen=True)
class Problem:
    """A model on synthetic images in memory.

    Args:
        model_name: "mlp" or "cnn", with the packaged defaults.
        side: Height and width of the images.
        batch: Samples per update.
        samples: Images in all; 0.75 times 0.8 of them are for training.
        seed: Of weights and order.
    """

    model_name: str = "mlp"
    side: int = 8
    batch: int = 16
    samples: int = 4000
    seed: int = 0

    classes = 10
    lr = 3e-3

    @property
    def shape(self) -> tuple[int, int, int]:
        return (1, self.side, self.side)

    @property
    def settings(self) -> dict[str, Any]:
        """The model's own settings."""
        if self.model_name == "mlp":
            return {"widths": [256, 128], "dropout": 0.0, "activation": "relu"}
        return {"widths": [32, 64], "depth": 2, "batch_norm": True, "dropout": 0.1, "activation": "relu"}

    def overrides(self) -> list[str]:
        """Return the same training in the words of our command line."""
        settings = [f"model.{name}={value}".replace(" ", "") for name, value in self.settings.items()]
        return [
            "dataset=noise",
            f"dataset.shape=[1,{self.side},{self.side}]",
            f"dataset.classes={self.classes}",
            f"dataset.samples={self.samples}",
            f"model={self.model_name}",
            *settings,
            "optimizer=adamw",
            f"optimizer.lr={self.lr}",
            "schedule=onecycle",
            "hardware=cpu",
            f"batch_size={self.batch}",
            f"seed={self.seed}",
            "epochs=1",
        ]

    @cached_property
    def splits(self) -> Splits:
        """The data; uint8 images."""
        return noise(list(self.shape), self.classes, self.samples).load()

    @cached_property
    def total(self) -> int:
        """Updates of the epoch."""
        return -(-len(self.splits.train) // self.batch)

    def model(self) -> nn.Module:
        """Return a fresh model, the same each time; the global generator is left where our run leaves it."""
        from runner.model.cnn import CNN
        from runner.model.mlp import MLP

        torch.manual_seed(self.seed)
        return {"mlp": MLP, "cnn": CNN}[self.model_name](self.shape, self.classes, **self.settings)

    def optimizer(self, model: nn.Module) -> torch.optim.AdamW:
        """Return the fused AdamW, without decay on biases and norms."""
        return torch.optim.AdamW(groups(model), self.lr, weight_decay=0.01, fused=True)

    def curve(self, step: int) -> float:
        """Return the multiple of the learning rate at an update."""
        return onecycle(step, self.total)

    def order(self) -> Tensor:
        """Return the order of the first epoch."""
        generator = torch.Generator().manual_seed(derive(self.seed, "order", 0))
        return torch.randperm(len(self.splits.train), generator=generator)


class Loaded:
    """The batches of an epoch, for a framework that wants something to iterate over: gathered from memory."""

    def __init__(self, problem: Problem, steps: int, pace: Pace[Tensor] = unpaced) -> None:
        self.problem, self.steps, self.pace = problem, steps, pace

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        splits = self.problem.splits
        rows, truth = splits.train.inputs, splits.train.targets
        assert isinstance(rows, Tensor)
        shift, scale = splits.mean, splits.std.reciprocal()
        for index in self.pace(self.problem.order().split(self.problem.batch)[: self.steps]):
            yield rows.index_select(0, index).float().sub_(shift).mul_(scale), truth.index_select(0, index)
