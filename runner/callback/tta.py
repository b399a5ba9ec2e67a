"""Test-time augmentation: the mean prediction over several views of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from runner.callback.base import Callback
from runner.types import Whole

if TYPE_CHECKING:
    from runner.loop import Run


class TTA(Callback):
    """Evaluate the mean of the scores over views of each image: as it is, mirrored, and shifted.

    Source: Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", 2012, section 4.1.

    Args:
        flip: Add the mirror image of every view.
        shift: Add views shifted by so many pixels up-left and down-right; 0: none.
    """

    rank = 1
    needs_images = True

    def __init__(self, flip: bool = True, shift: Whole = 0) -> None:
        self.flip, self.shift = flip, shift

    def start(self, run: Run) -> None:
        """Swap the evaluated model, which EMA may have swapped already, for one that looks several times."""
        run.evaluated = Views(run.evaluated, self.flip, self.shift)


class Views(nn.Module):
    """A model seen through several views; its weights, and their names, are the model's own."""

    def __init__(self, model: nn.Module, flip: bool, shift: int) -> None:
        super().__init__()
        self.model, self.flip, self.shift = model, flip, shift

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the mean of the scores over the views: images [n, channels, height, width]."""
        views = [inputs]
        if self.shift:
            size, (height, width) = self.shift, inputs.shape[-2:]
            padded = pad(inputs, [size] * 4, mode="replicate")
            views += [padded[..., at : at + height, at : at + width] for at in (0, 2 * size)]
        if self.flip:
            views += [view.flip(-1) for view in views]
        return torch.stack([self.model(view) for view in views]).mean(0)

    def state_dict(self, *args: Any, **keys: Any) -> dict[str, Any]:  # type: ignore[override]
        state: dict[str, Any] = self.model.state_dict(*args, **keys)
        return state

    def load_state_dict(self, *args: Any, **keys: Any) -> Any:
        return self.model.load_state_dict(*args, **keys)
