"""Parts of a user's with something wrong in them."""

import torch
from torch import nn


class Poison(torch.autograd.Function):
    """Lets values through, and no gradient but NaN."""

    @staticmethod
    def forward(context, values):
        return values.clone()

    @staticmethod
    def backward(context, gradient):
        return torch.full_like(gradient, float("nan"))


class Sick(nn.Module):
    """A small network that one kind of sample makes sick: those whose pixels add up to more than a number.

    Args:
        above: The number.
        where: ``forward``: the outputs of its middle are NaN; ``backward``: only their gradient is.
    """

    def __init__(self, in_shape, classes: int, above: float = 1e9, where: str = "forward"):
        super().__init__()
        self.first = nn.Linear(in_shape[0] * in_shape[1] * in_shape[2], 8)
        self.middle = Middle()
        self.norm = nn.BatchNorm1d(8)
        self.drop = nn.Dropout(0.2)
        self.last = nn.Linear(8, classes)
        self.above, self.where = above, where

    def forward(self, inputs):
        flat = inputs.flatten(1)
        self.middle.sick = self.where if self.training and bool((flat.sum(1) > self.above).any()) else ""
        return self.last(self.drop(self.norm(self.middle(self.first(flat)))))


class Middle(nn.Module):
    """Where it happens."""

    def __init__(self):
        super().__init__()
        self.sick = ""

    def forward(self, inputs):
        if self.sick == "backward":
            return Poison.apply(inputs)
        return inputs * float("nan") if self.sick else inputs


class Hungry(nn.Module):
    """A small network that asks for more memory than there is if it is given more samples at once than a number."""

    def __init__(self, in_shape, classes: int, most: int = 10**9):
        super().__init__()
        self.first = nn.Linear(in_shape[0] * in_shape[1] * in_shape[2], 8)
        self.drop = nn.Dropout(0.2)
        self.last = nn.Linear(8, classes)
        self.most = most

    def forward(self, inputs):
        hidden = self.drop(self.first(inputs.flatten(1)))
        if self.training and len(inputs) > self.most:
            torch.empty(2**50, dtype=torch.uint8)
        return self.last(hidden)


class Normalised(nn.Module):
    """Batch normalisation over numbers: one sample has no variance."""

    def __init__(self, in_shape, classes: int):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(in_shape[0]), nn.Linear(in_shape[0], classes))

    def forward(self, inputs):
        return self.layers(inputs)
