"""A small, fast network for 32x32 pictures: the plain part of airbench, for comparisons of speed."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class AirNet(nn.Module):
    """A 2x2 convolution, three groups of two 3x3 convolutions with a pool after the first, and a linear classifier.

    Batch norms keep their scale at one, convolutions start as the identity, and the scores are divided by nine. Left
    out are the whitening of the first convolution (it needs the data), the average of the weights and the several
    views of a test image. So it is a yardstick for speed, not for the published accuracy.

    Source: Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", arXiv 2404.00498, section 3.

    Args:
        in_shape: (channels, height, width) of one image, 25 to 48 pixels a side.
        classes: Number of outputs.
        first: Channels of the 2x2 convolution.
        widths: Channels of each group.

    Raises:
        ValueError: Images of another size.
    """

    def __init__(
        self, in_shape: Sequence[int], classes: int, first: int = 24, widths: Sequence[int] = (64, 256, 256)
    ) -> None:
        super().__init__()
        channels, *size = in_shape
        if not all(25 <= pixels <= 48 for pixels in size):
            raise ValueError(f"needs images of 25 to 48 pixels a side, got {size[0]}x{size[1]}")
        layers: list[nn.Module] = [nn.Conv2d(channels, first, 2), nn.GELU()]
        channels = first
        for width in widths:
            layers += [convolution(channels, width), nn.MaxPool2d(2), norm(width), nn.GELU()]
            layers += [convolution(width, width), norm(width), nn.GELU()]
            channels = width
        self.layers = nn.Sequential(*layers, nn.MaxPool2d(3), nn.Flatten(), nn.Linear(channels, classes, bias=False))

    def forward(self, inputs: Tensor) -> Tensor:
        """Map images [n, channels, height, width] to scores [n, classes]."""
        scores: Tensor = self.layers(inputs) / 9
        return scores


def convolution(channels: int, width: int) -> nn.Conv2d:
    """Return a 3x3 convolution whose first outputs are its inputs."""
    layer = nn.Conv2d(channels, width, 3, padding=1, bias=False)
    with torch.no_grad():
        nn.init.dirac_(layer.weight[:channels])
    return layer


def norm(width: int) -> nn.BatchNorm2d:
    """Return a batch norm with a trained shift and no scale, that forgets within a few batches."""
    layer = nn.BatchNorm2d(width, eps=1e-12, momentum=0.4)
    layer.weight.requires_grad_(False)
    return layer
