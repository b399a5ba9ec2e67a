"""The training that every peer does: same data, weights, batches, order, optimizer and learning rates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from runner.dataset.batch import derive
from runner.dataset.data import Splits
from runner.dataset.noise import noise
from runner.optimizer.groups import groups
from runner.schedule.onecycle import onecycle

Item = TypeVar("Item")
Pace = Callable[[Iterable[Item]], Iterable[Item]]
"""Wraps the batches of a training so that it can be held between two of them."""

MODELS = ("mlp", "cnn", "lstm")


def unpaced(batches: Iterable[Item]) -> Iterable[Item]:
    """Return the batches as they are."""
    return batches


@dataclass(frozen=True)
class Problem:
    """A model on synthetic images in memory.

    Args:
        model_name: "mlp" or "cnn", with the packaged defaults, or "lstm", which reads the images row by row.
        side: Height and width of the images.
        batch: Samples per update.
        samples: Images in all; 0.75 times 0.8 of them are for training.
        seed: Of weights and order.
        device: "cpu" or "cuda"; on a GPU the forward pass is under autocast to bfloat16, as is our default.
    """

    model_name: str = "mlp"
    side: int = 8
    batch: int = 16
    samples: int = 4000
    seed: int = 0
    device: str = "cpu"

    classes = 10
    lr = 3e-3
    loss = staticmethod(cross_entropy)

    @property
    def half(self) -> bool:
        return self.device != "cpu"

    @property
    def shape(self) -> tuple[int, int, int]:
        return (1, self.side, self.side)

    @property
    def settings(self) -> dict[str, Any]:
        """The model's own settings."""
        if self.model_name == "mlp":
            return {"widths": [256, 128], "dropout": 0.0, "activation": "relu"}
        if self.model_name == "lstm":
            return {"width": 128, "layers": 1, "dropout": 0.0}
        return {"widths": [32, 64], "depth": 2, "batch_norm": True, "dropout": 0.1, "activation": "relu"}

    def overrides(self) -> list[str]:
        """Return the same training in the words of our command line."""
        settings = [f"model.{name}={value}".replace(" ", "") for name, value in self.settings.items()]
        rows = self.model_name == "lstm"
        dataset = ["dataset=rows", "dataset@dataset.images=noise"] if rows else ["dataset=noise"]
        images = "dataset.images" if rows else "dataset"
        return [
            *dataset,
            f"{images}.shape=[1,{self.side},{self.side}]",
            f"{images}.classes={self.classes}",
            f"{images}.samples={self.samples}",
            f"model={self.model_name}",
            *settings,
            "optimizer=adamw",
            f"optimizer.lr={self.lr}",
            "schedule=onecycle",
            "hardware=gpu" if self.half else "hardware=cpu",
            f"batch_size={self.batch}",
            f"seed={self.seed}",
            "epochs=1",
        ]

    @cached_property
    def splits(self) -> Splits:
        """The data; uint8 images."""
        return noise(list(self.shape), self.classes, self.samples).load()

    @cached_property
    def stored(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Training inputs as the model's kind wants them, uint8, their targets, and what normalises the inputs."""
        splits = self.splits
        rows, mean, std = splits.train.inputs, splits.mean, splits.std
        assert isinstance(rows, Tensor)
        assert mean is not None
        assert std is not None
        if self.model_name == "lstm":  # of one channel: a row of pixels is a row of the sequence
            rows = rows.squeeze(1)
        parts = rows, splits.train.targets, mean, std.reciprocal()
        return tuple(part.to(self.device) for part in parts)  # type: ignore[return-value]

    @cached_property
    def total(self) -> int:
        """Updates of the epoch."""
        return -(-len(self.splits.train) // self.batch)

    def model(self) -> nn.Module:
        """Return a fresh model, the same each time; the global generator is left where our run leaves it."""
        from runner.model.cnn import CNN
        from runner.model.mlp import MLP
        from runner.model.recurrent import Recurrent

        torch.manual_seed(self.seed)
        if self.model_name == "lstm":
            return Recurrent(self.shape[1:], self.classes, cell="lstm", **self.settings)
        model = MLP if self.model_name == "mlp" else CNN
        return model(self.shape, self.classes, **self.settings)

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

    def loaded(self, steps: int, pace: Pace[Any] = unpaced) -> Loaded:
        """Return ``steps`` batches, for a framework that wants something to iterate over."""
        return Loaded(self, steps, pace)


class Loaded:
    """The batches of an epoch, for a framework that wants something to iterate over: gathered from memory."""

    def __init__(self, problem: Problem, steps: int, pace: Pace[Tensor] = unpaced) -> None:
        self.problem, self.steps, self.pace = problem, steps, pace

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        rows, truth, shift, scale = self.problem.stored
        order = self.problem.order().to(self.problem.device)
        for index in self.pace(order.split(self.problem.batch)[: self.steps]):
            yield rows.index_select(0, index).float().sub_(shift).mul_(scale), truth.index_select(0, index)
