"""Sharpness, posterize, solarize, autocontrast and equalize of whole batches, each image by its own amount.

Source of the definitions: PIL's ImageEnhance and ImageOps, as the policies of AutoAugment use them. Values are
compared and counted in 256 levels from 0 to ``white``; results are float and not rounded.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from runner.dataset.image.colour import away

LEVELS = 255


def sharpness(images: Tensor, factor: Tensor, white: float) -> Tensor:
    """Return images at ``factor`` [n] times the distance from their smoothed copy: 0 smooth, 1 as they are.

    The copy is smoothed by a 3x3 kernel of ones with 5 in its centre; the outermost pixels have no copy.
    """
    images = images.float()
    smooth = images.clone()
    if min(images.shape[-2:]) > 2:
        centre = images[:, :, 1:-1, 1:-1]
        smooth[:, :, 1:-1, 1:-1] = (avg_pool2d(images, 3, 1) * 9 + centre * 4) / 13
    return away(images, smooth, factor, white)


def posterize(images: Tensor, bits: Tensor, white: float) -> Tensor:
    """Return images that keep the upper ``bits`` [n] of eight."""
    step = torch.exp2(8 - bits).view(-1, 1, 1, 1) * (white / LEVELS)
    return (images / step).floor() * step


def solarize(images: Tensor, threshold: Tensor, white: float) -> Tensor:
    """Return images whose values from ``threshold`` [n] on are inverted."""
    images = images.float()
    return torch.where(images >= threshold.view(-1, 1, 1, 1), white - images, images)


def autocontrast(images: Tensor, white: float) -> Tensor:
    """Return images whose every channel reaches from 0 to ``white``; a channel of one value stays."""
    images = images.float()
    low, high = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
    stretched = (images - low) * (white / (high - low).clamp_min(torch.finfo(torch.float32).tiny))
    return torch.where(high > low, stretched.clamp_(0, white), images)


def equalize(images: Tensor, white: float) -> Tensor:
    """Return images whose every channel uses all levels about equally often.

    A level becomes the number of pixels below it, in units of a 255th of all pixels but the brightest ones. A channel
    with fewer pixels than that stays as it is.
    """
    levels = (images * (LEVELS / white)).round().long().clamp_(0, LEVELS).flatten(2).flatten(0, 1)
    rows, pixels = levels.shape
    places = torch.arange(0, rows * (LEVELS + 1), LEVELS + 1, device=images.device)[:, None] + levels
    counts = torch.zeros(rows * (LEVELS + 1), dtype=torch.int64, device=images.device)
    counts = counts.scatter_add_(0, places.flatten(), torch.ones_like(levels).flatten()).view(rows, LEVELS + 1)
    step = (pixels - counts.gather(1, levels.amax(1, keepdim=True))) // LEVELS
    below = counts.cumsum(1) - counts
    table = ((below + step // 2) // step.clamp_min(1)).clamp_max_(LEVELS) * (white / LEVELS)
    changed = table.gather(1, levels).view(images.shape)
    return torch.where((step > 0).view(*images.shape[:2], 1, 1), changed, images.float())
