"""The tutorial's input: a dataset of pictures with torchvision's ToTensor, one sample at a time, and a DataLoader.

The result is that of the others up to rounding: pictures are divided by 255 before they are normalised.
"""

from __future__ import annotations

from functools import partial

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import Compose, Normalize, ToTensor

from benchmarks.problem import Pace, Problem, unpaced


class Pictures(Dataset[tuple[Tensor, int]]):
    """The training images as torchvision keeps MNIST: an array, made a picture when asked for."""

    def __init__(self, problem: Problem) -> None:
        self.images, self.targets, shift, scale = problem.stored
        self.images = self.images.flatten(0, -3)  # of one channel: [n, height, width]
        steps = [ToTensor(), Normalize([shift.item() / 255], [1 / scale.item() / 255])]
        sequence = problem.model_name == "lstm"
        self.transform = Compose([*steps, partial(torch.squeeze, dim=0)] if sequence else steps)

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self.images[index].numpy())
        return self.transform(picture), int(self.targets[index])


def train(problem: Problem, steps: int, pace: Pace[list[Tensor]] = unpaced) -> nn.Module:
    """Train for ``steps`` updates of the first epoch and return the model."""
    model = problem.model()
    model.train()
    optimizer = problem.optimizer(model)
    losses = torch.zeros(())
    order = problem.order()[: steps * problem.batch].tolist()
    own = torch.Generator()  # else its start would draw from the generator that dropout uses
    loader = DataLoader(Pictures(problem), problem.batch, sampler=order, generator=own)
    for step, (inputs, targets) in enumerate(pace(loader)):
        rate = problem.lr * problem.curve(step)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = cross_entropy(model(inputs), targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.add_(loss.detach(), alpha=len(targets))
    return model


PEERS = {"torchvision + DataLoader": train}
