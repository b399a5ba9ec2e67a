"""Brightness, contrast and saturation of whole batches, each image by its own factor.

All three are one formula: the image is moved away from a poor version of itself (black, its mean, its grey copy), or
towards it. Source of the definitions: the enhancements of PIL, which torchvision follows.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from runner.types import NonNegative, Positive


def away(images: Tensor, poor: Tensor | float, factor: Tensor, white: float) -> Tensor:
    """Return ``poor + factor (images - poor)``, held between 0 and ``white``: 1 changes nothing, 0 gives ``poor``."""
    changed = (images - poor).mul_(factor.view(-1, 1, 1, 1)).add_(poor)
    return changed.clamp_(0, white)


def luminance(images: Tensor) -> Tensor:
    """Return the grey copy [n, 1, height, width]: ITU-R 601 weights for three channels, else the mean of channels."""
    if images.shape[1] != 3:
        return images.mean(1, keepdim=True)
    red, green, blue = images.split(1, 1)
    grey: Tensor = red * 0.2989 + green * 0.587 + blue * 0.114
    return grey


def brightness(images: Tensor, factor: Tensor, white: float) -> Tensor:
    """Return float images times ``factor`` [n]."""
    return away(images.float(), 0.0, factor, white)


def contrast(images: Tensor, factor: Tensor, white: float) -> Tensor:
    """Return float images whose distance to their own mean grey is ``factor`` [n] times what it was."""
    images = images.float()
    return away(images, luminance(images).mean((1, 2, 3), keepdim=True), factor, white)


def saturation(images: Tensor, factor: Tensor, white: float) -> Tensor:
    """Return float images whose distance to their grey copy is ``factor`` [n] times what it was."""
    images = images.float()
    return away(images, luminance(images), factor, white)


class Colour:
    """Change each image by one of the functions above, by a factor between 1 - strength, at least 0, and 1 + strength.

    Args:
        change: ``brightness``, ``contrast`` or ``saturation``.
        strength: How far the factor goes from 1.
        white: The value of white.
    """

    draws = 1
    mixes = False

    def __init__(
        self, change: Callable[[Tensor, Tensor, float], Tensor], strength: NonNegative, white: Positive = 255.0
    ) -> None:
        self.change, self.white = change, white
        self.low, self.high = max(0.0, 1 - strength), 1 + strength

    def __call__(self, images: Tensor, targets: Tensor, uniform: Tensor, epoch: int, /) -> tuple[Tensor, Tensor]:
        """Return float images, and the targets.

        Args:
            images: [n, channels, height, width].
            targets: Untouched.
            uniform: [n, 1] in [0, 1): the factor.
            epoch: Not used.

        Raises:
            ValueError: The saturation of images without colours.
        """
        if self.change is saturation and images.shape[1] == 1:
            raise ValueError("saturation needs images with colours, these have one channel: leave it at 0")
        factor = uniform[:, 0] * (self.high - self.low) + self.low
        return self.change(images, factor, self.white), targets
