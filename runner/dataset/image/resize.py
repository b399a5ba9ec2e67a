"""Progressive resizing: small images in the first epochs, which cost less, and larger ones later."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import interpolate

from runner.types import Count, Whole


class Resize:
    """Deliver images at a size that depends on the epoch alone; validation sees the stored size.

    Source of the idea: Howard, "Training Imagenet in 3 hours for USD 25", fast.ai, 2018. The model has to take images
    of any size.

    Args:
        sizes: [epoch, pixels] pairs: from that epoch on the shorter side has so many pixels, the other side keeps the
            proportion. Before the first pair images keep their size.

    Raises:
        ValueError: ``sizes`` are no pairs, or not in the order of epochs.
    """

    draws = 0
    mixes = False

    def __init__(self, sizes: list[list[Whole]]) -> None:
        if not all(len(pair) == 2 and pair[0] >= 0 and pair[1] >= 1 for pair in sizes):
            raise ValueError(f"sizes needs [epoch, pixels] pairs such as [[0, 16], [5, 28]], got {sizes}")
        epochs = [epoch for epoch, _ in sizes]
        if epochs != sorted(set(epochs)):
            raise ValueError(f"sizes needs epochs in rising order, got {epochs}")
        self.sizes = [(epoch, pixels) for epoch, pixels in sizes]

    def pixels(self, epoch: Whole, stored: Count) -> int:
        """Return the shorter side in an epoch, for images whose shorter side is ``stored``."""
        reached = [pixels for first, pixels in self.sizes if first <= epoch]
        return reached[-1] if reached else stored

    def __call__(self, images: Tensor, targets: Tensor, uniform: Tensor, epoch: int, /) -> tuple[Tensor, Tensor]:
        """Return float images of another size (bilinear, antialiased), or the same ones, and the targets.

        Args:
            images: [n, channels, height, width].
            targets: Untouched.
            uniform: [n, 0].
            epoch: Decides the size.
        """
        height, width = images.shape[-2:]
        short = min(height, width)
        pixels = self.pixels(epoch, short)
        if pixels == short:
            return images, targets
        size = [height * pixels // short, width * pixels // short]
        return interpolate(images.float(), size, mode="bilinear", antialias=True, align_corners=False), targets
