"""What every task offers: the loop asks for nothing else."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor


class Task:
    """What the outputs of a model mean.

    ``measure`` returns sums, so that batches, and later processes, are combined by adding; they stay on the device,
    and ``summarise`` reads them once.
    """

    directions: ClassVar[dict[str, str]] = {"loss": "min"}
    """Every metric and the direction in which it is better; the first one is the default objective."""
    outputs: ClassVar[int | None] = None
    """Numbers that a model has to give for a sample; None: one for each class."""

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean training loss of a batch, a scalar."""
        raise NotImplementedError

    def measure(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return the sums of a batch."""
        raise NotImplementedError

    def expects(self, targets: Tensor, classes: int) -> tuple[int, ...] | None:
        """Return the shape that outputs have to have for a batch of targets, so that a check can compare them.

        Args:
            targets: Of a batch.
            classes: How many numbers a model is told to give.

        Returns:
            None: this task does not say. One that says how many ``outputs`` it has needs so many at each target.
        """
        return None if self.outputs is None else (*targets.shape, classes)

    def summarise(self, sums: dict[str, Tensor]) -> dict[str, float]:
        """Return the metrics of the summed batches."""
        raise NotImplementedError

    def check_valid(self, metric: str, targets: Tensor) -> None:
        """Raise ``ValueError`` if the objective cannot be measured on the validation targets."""

    def predict(self, outputs: Tensor) -> Tensor:
        """Return what people want to see of the outputs: probabilities, or numbers in the targets' own unit."""
        return outputs

    def label(self, values: Tensor) -> Tensor:
        """Return the class of each sample, int64 [n], from what ``predict`` returned."""
        return values.argmax(1)

    def reading(self) -> str:
        """Return in words what ``predict`` makes of the outputs, for who has the model without this package."""
        return f"what {type(self).__name__} makes of them"

    def count(self, targets: Tensor) -> int:
        """Return the number of predictions of a batch."""
        return len(targets)

    def mass(self, targets: Tensor) -> float | Tensor:
        """Return what ``loss`` is a mean over: the number of predictions, or the sum of their weights."""
        return self.count(targets)


def precise(values: Tensor) -> Tensor:
    """Return values in double precision, where the device has it: sums over many batches stay exact."""
    return values if values.device.type == "mps" else values.double()


def tally(numbers: Tensor, bins: int) -> Tensor:
    """Return how often each of the numbers 0 ... bins - 1 occurs, int64 [bins].

    ``bincount`` would ask the device for the largest, and wait.
    """
    counts = torch.zeros(bins, dtype=torch.int64, device=numbers.device)
    return counts.scatter_add_(0, numbers, torch.ones_like(numbers))


def one_column(outputs: Tensor) -> Tensor:
    """Return outputs [n, 1] as [n].

    Raises:
        ValueError: There is more than one number for a sample.
    """
    if outputs.dim() != 2 or outputs.shape[1] != 1:
        raise ValueError(f"needs one number for a sample, the model gives {tuple(outputs.shape[1:])}")
    return outputs.squeeze(1)


def numbers(targets: Tensor) -> Tensor:
    """Return targets if they are numbers.

    Raises:
        ValueError: They are labels of classes.
    """
    if not targets.is_floating_point():
        raise ValueError("predicts numbers, the targets are labels of classes: use task=classification")
    return targets


def named(names: tuple[str, ...], values: list[Tensor]) -> dict[str, float]:
    """Read values from the device once, and name them."""
    return dict(zip(names, torch.stack([precise(value) for value in values]).tolist(), strict=True))
