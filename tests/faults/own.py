"""Parts as a user writes them, each with a mistake in its own code."""

import torch
from torch import nn

from runner.callback.base import Callback
from runner.dataset.digits import digits
from runner.task.classification import Classification


class Net(nn.Module):
    """A classifier; with ``more`` it gives more scores than there are classes, or fewer.

    Args:
        width: Of the hidden layer.
        more: Scores.
    """

    def __init__(self, in_shape, classes: int, width: int = 8, more: int = 0):
        super().__init__()
        size = torch.Size(in_shape).numel()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(size, width), nn.ReLU(), nn.Linear(width, classes + more))

    def forward(self, inputs):
        return self.layers(inputs)


class BadInit(Net):
    def __init__(self, in_shape, classes: int, width: int = 8):
        super().__init__(in_shape, classes, width, many=3)  # in __init__


class BadForward(Net):
    def forward(self, inputs):
        return self.layers(inputs) @ torch.ones(3, 3)  # in forward


class NoAttribute(Net):
    def forward(self, inputs):
        return self.layer(inputs)  # in forward


class NoSuchFact(Net):
    def __init__(self, in_shape, clases: int, width: int = 8):
        super().__init__(in_shape, clases, width)


class Pair(Net):
    def forward(self, inputs):
        return self.layers(inputs), inputs


class Bomb(Net):
    """Fails while it is trained, after so many batches."""

    def __init__(self, in_shape, classes: int, after: int = 1):
        super().__init__(in_shape, classes)
        self.after = after

    def forward(self, inputs):
        self.after -= self.training
        if self.after < 0:
            raise KeyError("boom")  # in forward
        return self.layers(inputs)


def dataset(folder: str = "pictures", on_error: str = "skip"):
    return digits().claases  # in dataset


class Task(Classification):
    def loss(self, outputs, targets):
        return super().loss(outputs, targets.reshape(7))  # in loss


def optimizer(params, lr: float = 0.1):
    return torch.optim.SGD(params, lr, momentun=0.9)  # in optimizer


def schedule(step, total):
    return step / nothing  # noqa: F821  # in schedule


class Watch(Callback):
    """Counts nothing."""

    def __init__(self, every: int = 1):
        self.every = every / 0  # in __init__
