"""Random erasing: a rectangle of an image is painted over.

Source: Zhong, Zheng, Kang, Li, Yang, "Random Erasing Data Augmentation", arXiv 1708.04896, algorithm 1.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from runner.types import Share

AREA = (0.02, 0.33)
RATIO = (0.3, 1 / 0.3)


def inside(top: Tensor, bottom: Tensor, left: Tensor, right: Tensor, size: torch.Size) -> Tensor:
    """Tell which pixels lie in each image's rectangle: bool [n, 1, height, width]. It may be empty.

    Args:
        top, left: First row and column inside, [n].
        bottom, right: First row and column outside, [n].
        size: (height, width).
    """
    rows, columns = (torch.arange(side, device=top.device) for side in size)
    tall = (rows >= top[:, None]) & (rows < bottom[:, None])
    wide = (columns >= left[:, None]) & (columns < right[:, None])
    return (tall[:, :, None] & wide[:, None, :])[:, None]


class Erase:
    """Paint a rectangle of each image with that image's own mean, per channel.

    The paper draws again until a rectangle fits; here one that is too long for the image is cut to its side, so that
    a sample needs a fixed number of draws.

    Args:
        share: Probability that an image loses a rectangle.
        area: Smallest and largest share of the image's area; 0.02 to 0.33 as in the paper. Its height is 0.3 to 3.3
            times its width, evenly in the logarithm.

    Raises:
        ValueError: ``area`` is no pair in order.
    """

    draws = 5
    mixes = False

    def __init__(self, share: Share, area: list[Share] | None = None) -> None:
        area = list(AREA) if area is None else list(area)
        if len(area) != 2 or not 0 <= area[0] <= area[1] <= 1:
            raise ValueError(f"erase_area needs [smallest, largest] share of the image, got {area}")
        self.share, self.area = share, area

    def __call__(self, images: Tensor, targets: Tensor, uniform: Tensor, epoch: int, /) -> tuple[Tensor, Tensor]:
        """Return images of the same type, and the targets.

        Args:
            images: [n, channels, height, width], any type.
            targets: Untouched.
            uniform: [n, 5] in [0, 1): whether, area, ratio of the sides, vertical place, horizontal place.
            epoch: Not used.
        """
        height, width = images.shape[-2:]
        whether, area, ratio, down, right = uniform.unbind(1)
        (small, large), (flat, upright) = self.area, map(math.log, RATIO)
        area = (area * (large - small) + small) * (height * width)
        ratio = (ratio * (upright - flat) + flat).exp()
        tall = (area * ratio).sqrt().round().clamp(1, height)
        wide = (area / ratio).sqrt().round().clamp(1, width)
        top, left = (down * (height - tall + 1)).floor(), (right * (width - wide + 1)).floor()
        tall = torch.where(whether < self.share, tall, 0)
        mask = inside(top, top + tall, left, left + wide, images.shape[-2:])
        mean = images.mean((2, 3), keepdim=True, dtype=torch.float32)
        fill = mean if images.is_floating_point() else mean.round().to(images.dtype)
        gone = mask.to(images.dtype)
        return (images * (1 - gone)).add_(fill * gone), targets  # exact, and ten times faster on a CPU than where()
