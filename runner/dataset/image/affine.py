"""Rotation, scaling, translation and shear of whole batches, each image by its own amount.

Everything is one bilinear sampling in pixel coordinates around the centre of the image; zeros come in from outside.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from runner.types import Fraction, NonNegative, Share


def warp(images: Tensor, *, x: tuple[Tensor, Tensor, Tensor], y: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Return float images whose pixel at (x, y) is the old one at (a x + b y + c, d x + e y + f).

    Args:
        images: [n, channels, height, width].
        x: a, b, c of each image, three times [n]; in pixels, with the centre of the image at (0, 0).
        y: d, e, f.
    """
    height, width = images.shape[-2:]
    down = torch.arange(height, device=images.device) + (0.5 - height / 2)
    right = torch.arange(width, device=images.device) + (0.5 - width / 2)
    # grid_sample counts from -1 to 1 on both sides, whatever their lengths; affine_grid() would take as long as it does
    places = (
        (torch.outer(a, right)[:, None, :] + (torch.outer(b, down) + c[:, None])[:, :, None]) * (2 / side)
        for (a, b, c), side in ((x, width), (y, height))
    )
    return grid_sample(images.float(), torch.stack([*places], 3), padding_mode="zeros", align_corners=False)


def shear_x(images: Tensor, factor: Tensor) -> Tensor:
    """Move each row left by ``factor`` [n] times its distance from the upper edge (as in AutoAugment)."""
    zero, one = torch.zeros_like(factor), torch.ones_like(factor)
    return warp(images, x=(one, factor, factor * (images.shape[-2] / 2)), y=(zero, one, zero))


def shear_y(images: Tensor, factor: Tensor) -> Tensor:
    """Move each column up by ``factor`` [n] times its distance from the left edge."""
    zero, one = torch.zeros_like(factor), torch.ones_like(factor)
    return warp(images, x=(one, zero, zero), y=(factor, one, factor * (images.shape[-1] / 2)))


def translate_x(images: Tensor, pixels: Tensor) -> Tensor:
    """Move each image right by ``pixels`` [n]."""
    zero, one = torch.zeros_like(pixels), torch.ones_like(pixels)
    return warp(images, x=(one, zero, -pixels), y=(zero, one, zero))


def translate_y(images: Tensor, pixels: Tensor) -> Tensor:
    """Move each image down by ``pixels`` [n]."""
    zero, one = torch.zeros_like(pixels), torch.ones_like(pixels)
    return warp(images, x=(one, zero, zero), y=(zero, one, -pixels))


def rotate(images: Tensor, degrees: Tensor) -> Tensor:
    """Turn each image counter-clockwise by ``degrees`` [n] around its centre."""
    zero = torch.zeros_like(degrees)
    angle = torch.deg2rad(degrees)
    return warp(images, x=(angle.cos(), -angle.sin(), zero), y=(angle.sin(), angle.cos(), zero))


class Affine:
    """Turn, scale and move each image, in one sampling.

    Args:
        rotate: By up to so many degrees, either way.
        scale: By a factor between 1 - scale and 1 + scale.
        translate: By up to this share of the width and of the height.
    """

    draws = 4
    mixes = False

    def __init__(self, rotate: NonNegative = 0.0, scale: Fraction = 0.0, translate: Share = 0.0) -> None:
        self.angle, self.scale, self.translate = math.radians(rotate), scale, translate

    def __call__(self, images: Tensor, targets: Tensor, uniform: Tensor, epoch: int, /) -> tuple[Tensor, Tensor]:
        """Return float images, and the targets.

        Args:
            images: [n, channels, height, width].
            targets: Untouched.
            uniform: [n, 4] in [0, 1): angle (counter-clockwise), factor, way to the right, way down.
            epoch: Not used.
        """
        height, width = images.shape[-2:]
        angle, factor, right, down = (uniform * 2 - 1).unbind(1)
        factor = factor * self.scale + 1
        cos, sin = (angle * self.angle).cos() / factor, (angle * self.angle).sin() / factor
        right, down = right * (self.translate * width), down * (self.translate * height)
        # the way back: an output pixel is moved, then turned and scaled the other way
        x = (cos, -sin, sin * down - cos * right)
        y = (sin, cos, -sin * right - cos * down)
        return warp(images, x=x, y=y), targets
