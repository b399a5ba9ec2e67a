"""Random crops and mirror images of whole batches, with a draw for every sample (torchvision v2 draws one per batch).

Both only move bytes: uint8 stays uint8. A crop is one copy per image out of a view in which every window is a row, and
a mirror image is chosen by copying too. Indexing with two places and ``where`` took two (28x28x1) to three (32x32x3)
times as long on a CPU.
"""

from __future__ import annotations

import torch
from torch import Tensor

from runner.types import Share, Whole


class Crop:
    """Shift each image by up to ``pixels``: zeros come in.

    Args:
        pixels: Padding on each side; a window of the original size is cut at a random place.
    """

    draws = 2
    mixes = False

    def __init__(self, pixels: Whole) -> None:
        self.pixels = pixels

    def __call__(self, images: Tensor, targets: Tensor, uniform: Tensor, epoch: int, /) -> tuple[Tensor, Tensor]:
        """Return shifted images, and the targets.

        Args:
            images: [n, channels, height, width], any type.
            targets: Untouched.
            uniform: [n, 2] in [0, 1): vertical place, horizontal place.
            epoch: Not used.
        """
        n, channels, height, width = images.shape
        margin = self.pixels
        tall, wide = height + 2 * margin, width + 2 * margin
        padded = images.new_zeros(n, channels, tall, wide)  # not pad(), which may keep another memory layout
        padded[:, :, margin : margin + height, margin : margin + width] = images
        place = (uniform * (2 * margin + 1)).long()
        first = torch.arange(0, padded.numel(), channels * tall * wide, device=images.device)
        first = first.add_(place[:, 0], alpha=wide).add_(place[:, 1])
        starts = padded.numel() - ((channels - 1) * tall + height - 1) * wide - width + 1
        windows = padded.as_strided([starts, channels, height, width], [1, tall * wide, wide, 1])
        return windows.index_select(0, first), targets


class Flip:
    """Mirror each image left to right with a probability.

    Args:
        share: The probability.
    """

    draws = 1
    mixes = False

    def __init__(self, share: Share) -> None:
        self.share = share

    def __call__(self, images: Tensor, targets: Tensor, uniform: Tensor, epoch: int, /) -> tuple[Tensor, Tensor]:
        """Return images, some of them mirrored, and the targets.

        Args:
            images: [n, channels, height, width], any type.
            targets: Untouched.
            uniform: [n, 1] in [0, 1): below ``share`` means mirrored.
            epoch: Not used.
        """
        n = len(images)
        both = torch.cat([images, images.flip(-1)])  # then a copy of whole images: three times faster than where()
        chosen = torch.arange(n, device=images.device).add_(uniform[:, 0] < self.share, alpha=n)
        return both.index_select(0, chosen), targets
