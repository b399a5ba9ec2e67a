"""Taking a forward pass back: what it changes besides gradients is kept before it, and put back."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Undo:
    """Remembers the buffers of a model: a forward pass moves the statistics of batch normalisation.

    What a model carries from batch to batch begins anew when a pass is taken back.

    Args:
        model: On its device.
    """

    def __init__(self, model: nn.Module) -> None:
        self.carriers = [m for m in model.modules() if callable(getattr(type(m), "forget", None))]
        self.buffers = list(model.buffers())
        self.before = [buffer.clone() for buffer in self.buffers]

    @torch.no_grad()
    def keep(self) -> None:
        """Remember the buffers as they are."""
        copy(self.before, self.buffers)

    @torch.no_grad()
    def back(self) -> None:
        """Put back what was remembered."""
        copy(self.buffers, self.before)
        for module in self.carriers:
            module.forget()  # type: ignore[operator]


def copy(to: list[Tensor], source: list[Tensor]) -> None:
    """Copy tensors, all at once."""
    if to:
        torch._foreach_copy_(to, source)
