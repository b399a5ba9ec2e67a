"""Random crops and flips of whole batches, with a draw for every sample (torchvision v2 draws one per batch)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from runner.types import Share, Whole


class CropFlip:
    """Shift each image by up to ``crop`` pixels (zeros come in) and mirror it with probability ``flip``.

    Works on stored uint8 images: one strided view of all windows, one gather.

    Args:
        crop: Padding in pixels on each side; a window of the original size is cut at a random place.
        flip: Probability of a horizontal mirror image.
    """

    draws = 3

    def __init__(self, crop: Whole = 0, flip: Share = 0.0) -> None:
        self.crop, self.flip = crop, flip

    def __call__(self, inputs: Tensor, uniform: Tensor, /) -> Tensor:
        """Return changed images.

        Args:
            inputs: [n, channels, height, width], any type.
            uniform: [n, 3] in [0, 1): vertical place, horizontal place, mirror.
        """
        if self.crop:
            height, width = inputs.shape[-2:]
            padded = pad(inputs, [self.crop] * 4)
            windows = padded.unfold(2, height, 1).unfold(3, width, 1)  # [n, c, places, places, h, w], a view
            place = (uniform[:, :2] * (2 * self.crop + 1)).long()
            inputs = windows[torch.arange(len(inputs), device=inputs.device), :, place[:, 0], place[:, 1]]
        if self.flip:
            inputs = torch.where((uniform[:, 2] < self.flip).view(-1, 1, 1, 1), inputs.flip(-1), inputs)
        return inputs
