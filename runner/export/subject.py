"""What is exported: a model with its weights, and inputs on which two forms of it can be compared."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from runner.loop import forget

if TYPE_CHECKING:
    from runner.inference.saved import Saved


class CannotExport(Exception):
    """The model cannot be written in a form, or what was written is not the model."""


@dataclass(frozen=True)
class Subject:
    """A model on the CPU, in evaluation mode, and what it takes.

    Attributes:
        model: One that carries a state begins each batch anew.
        shape: Of one input.
        limits: Inputs are whole numbers below this, one limit for all columns or one for each; none: real numbers.
    """

    model: nn.Module
    shape: tuple[int, ...]
    limits: tuple[int, ...] = ()

    @classmethod
    def of(cls, run: Saved, weights: str = "best") -> Subject:
        """Return the model of a run.

        Raises:
            ValueError: See ``Saved.model``.
        """
        data = run.data
        return cls(run.model((weights,)), data.shape, (len(data.tokens),) if data.tokens else data.sizes)

    @property
    def is_sequence(self) -> bool:
        """Whether inputs are tokens, or (length, features): then the first dimension may be of another size."""
        return len(self.shape) == (1 if len(self.limits) == 1 else 2)

    @property
    def digest(self) -> str:
        """sha256 of the weights: names, types, shapes and bytes."""
        found = hashlib.sha256()
        for name, value in self.model.state_dict().items():
            if isinstance(value, Tensor):
                found.update(f"{name} {value.dtype} {tuple(value.shape)} ".encode())
                found.update(value.cpu().contiguous().flatten().view(torch.uint8).numpy().data)
            else:  # what a module of the user's keeps beside them
                found.update(f"{name} {value!r} ".encode())
        return found.hexdigest()

    def inputs(self, count: int, length: int | None = None) -> Tensor:
        """Return a batch of random inputs, always the same ones.

        Args:
            count: Of samples.
            length: Of sequences; None: that of the data.
        """
        shape = (count, *self.shape) if length is None else (count, length, *self.shape[1:])
        generator = torch.Generator().manual_seed(count)
        if not self.limits:
            return torch.randn(shape, generator=generator)
        return (torch.rand(shape, generator=generator) * torch.tensor(self.limits)).long()

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return what the model says."""
        forget(self.model)
        with torch.no_grad():
            outputs: Tensor = self.model(inputs)
        forget(self.model)
        return outputs
