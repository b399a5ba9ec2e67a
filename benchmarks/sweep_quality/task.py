"""The three tasks: data, model and space of ``recipes/hpo``, and the trainings that their tables are made of."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy
import torch
from numpy.typing import NDArray

from benchmarks.sweep_quality.population import AdamW, Logistic, Perceptrons, Rule, Sgd, born, train
from benchmarks.sweep_quality.surface import HERE, Axis, Surface, Value, load, save, spaced
from runner.dataset.data import Splits
from runner.dataset.digits import digits
from runner.dataset.fashion_mnist import fashion_mnist

EPOCHS = 27
SHORT = {
    "optimizer.lr": "lr",
    "optimizer.weight_decay": "weight_decay",
    "schedule.gamma": "gamma",
    "model.dropout": "dropout",
}
"""What a population calls the settings that its members may differ in."""


@dataclass(frozen=True)
class Task:
    """A space, and how the trainings of its table are done.

    Attributes:
        name: Of its table.
        title: For people.
        recipe: In ``recipes/hpo``; it says what is trained.
        batch: Samples of an update.
        axes: Of the space and of the table.
        seeds: Training seeds in the table: 0 to seeds - 1.
        scale: Scores are kept as whole numbers of 1/scale: the number of held-out samples, where they are shares.
        data: Reads the data.
        trainings: (data, training seed) -> curves [points of each axis..., epochs].
        usual: What a search that leaves a key out would have for it: a point of the recipe's.
        grids: For each number of trials, how many values of each axis a grid of no more points has; 1: the usual.
    """

    name: str
    title: str
    recipe: str
    batch: int
    axes: tuple[Axis, ...]
    seeds: int
    scale: int
    data: Callable[[], Splits]
    trainings: Callable[[Task, Splits, int], NDArray[Any]]
    usual: dict[str, Value] = field(hash=False)
    grids: dict[int, tuple[int, ...]] = field(hash=False)

    @property
    def path(self) -> Path:
        return HERE / f"{self.name}.npz"

    def build(self) -> None:
        """Train everything and write the table."""
        splits = self.data()
        found = []
        for seed in range(self.seeds):
            begun = time.process_time()
            found.append(self.trainings(self, splits, seed))
            print(f"{self.name}, seed {seed}: {time.process_time() - begun:.0f} s of CPU", flush=True)
        save(self.path, numpy.stack(found), self.scale)

    def surfaces(self) -> list[Surface]:
        """Return the task with each training seed."""
        return _loaded(self)


@cache
def _loaded(task: Task) -> list[Surface]:
    return load(task.path, task.axes)


def settings(axes: tuple[Axis, ...]) -> dict[str, torch.Tensor]:
    """Return the settings of a population over the product of these axes, the last fastest."""
    values = torch.meshgrid(*(torch.tensor(axis.points) for axis in axes), indexing="ij")
    return {SHORT[axis.key]: value.flatten().float() for axis, value in zip(axes, values, strict=True)}


def logistic(task: Task, splits: Splits, seed: int) -> NDArray[Any]:
    """Train all logistic regressions of the table at once."""
    born(seed)
    population = Logistic((1, 28, 28), settings(task.axes), Sgd(0.0))
    curves = train(population, splits, task.batch, EPOCHS, seed)
    return curves.reshape(*(len(axis.points) for axis in task.axes), EPOCHS).numpy()


def perceptrons(task: Task, splits: Splits, seed: int) -> NDArray[Any]:
    """Train the perceptrons of the table, those of one optimizer and one width at once."""
    *others, width = task.axes
    known: dict[str, Rule] = {"sgd": Sgd(0.9), "adamw": AdamW()}
    words = others.pop(0).points if others[0].key == "optimizer" else ("adamw",)
    rules = [known[str(word)] for word in words]
    shape = tuple(splits.train.inputs[0].shape)
    found = []
    for rule in rules:
        for neurons in width.points:
            born(seed)
            population = Perceptrons(shape, 10, int(neurons), settings(tuple(others)), rule)
            found.append(train(population, splits, task.batch, EPOCHS, seed))
    sizes = [len(axis.points) for axis in others]
    curves = torch.stack(found).reshape(len(rules), len(width.points), *sizes, EPOCHS).movedim(1, -2)
    return (curves if len(rules) > 1 else curves[0]).contiguous().numpy()


LOGREG = Task(
    "logreg",
    "logistic regression",
    "logreg",
    256,
    (spaced("optimizer.lr", 1e-5, 10.0, 41, log=True), spaced("schedule.gamma", 0.1, 1.0, 31)),
    seeds=5,
    scale=65535,
    data=fashion_mnist(keep=[0, 6], valid=0.2, fraction=0.5).load,
    trainings=logistic,
    usual={"optimizer.lr": 0.05, "schedule.gamma": 0.97},
    grids={25: (5, 5), 50: (7, 7), 100: (10, 10)},
)
DIGITS = Task(
    "digits",
    "digits",
    "digits_mlp",
    64,
    (
        spaced("optimizer.lr", 1e-4, 0.3, 16, log=True),
        spaced("optimizer.weight_decay", 1e-3, 10.0, 6, log=True),
        spaced("model.dropout", 0.0, 0.8, 6),
        spaced("model.widths.0", 16, 128, 4, log=True, whole=True),
    ),
    seeds=4,
    scale=719,
    data=digits(valid=0.5).load,
    trainings=perceptrons,
    usual={"optimizer.lr": 3e-3, "optimizer.weight_decay": 0.01, "model.dropout": 0.2, "model.widths.0": 64},
    grids={25: (3, 2, 2, 2), 50: (6, 2, 2, 2), 100: (6, 2, 4, 2)},
)
FASHION_MNIST = Task(
    "fashion_mnist",
    "Fashion-MNIST",
    "fashion_mnist_mlp",
    64,
    (
        Axis("optimizer", ("sgd", "adamw")),
        spaced("optimizer.lr", 1e-4, 0.3, 11, log=True),
        spaced("optimizer.weight_decay", 1e-5, 0.1, 3, log=True),
        spaced("model.dropout", 0.0, 0.6, 3),
        spaced("model.widths.0", 8, 64, 4, log=True, whole=True),
    ),
    seeds=3,
    scale=1800,
    data=fashion_mnist(valid=0.03, fraction=0.03).load,
    trainings=perceptrons,
    usual={
        "optimizer": "adamw",
        "optimizer.lr": 3e-3,
        "optimizer.weight_decay": 1e-3,
        "model.dropout": 0.2,
        "model.widths.0": 32,
    },
    grids={25: (2, 3, 1, 2, 2), 50: (2, 3, 2, 2, 2), 100: (2, 6, 2, 2, 2)},
)
TASKS = {task.name: task for task in (LOGREG, DIGITS, FASHION_MNIST)}
