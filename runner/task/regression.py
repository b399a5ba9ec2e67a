"""Regression: one number per sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

from torch import Tensor
from torch.nn.functional import huber_loss, l1_loss, mse_loss

from runner.task.base import Task, named, numbers, one_column, precise


class Regression(Task):
    """Squared, absolute or Huber loss on standardised targets; metrics in the unit of the targets.

    Standardising means that a learning rate does not depend on the unit in which the target was written down.

    Args:
        criterion: "mse", "l1", or "huber" (Huber, 1964: squared up to one standard deviation, linear beyond).
        standardise: Learn (target - mean) / standard deviation, taken from the training part.
        center: Mean of the training targets; stated by the dataset.
        spread: Their standard deviation; stated by the dataset.
    """

    directions: ClassVar[dict[str, str]] = {"rmse": "min", "loss": "min", "mae": "min", "r2": "max"}
    outputs: ClassVar[int | None] = 1

    def __init__(
        self,
        criterion: Literal["mse", "l1", "huber"] = "mse",
        standardise: bool = True,
        center: float = 0.0,
        spread: float = 1.0,
    ) -> None:
        criteria: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"mse": mse_loss, "l1": l1_loss, "huber": huber_loss}
        self.criterion = criteria[criterion]
        self.center, self.spread = (center, spread or 1.0) if standardise else (0.0, 1.0)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean training loss: outputs [n, 1] are standardised numbers, targets float32 [n] are not."""
        truth = (numbers(targets) - self.center) / self.spread
        return self.criterion(one_column(outputs), truth)

    def measure(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return the sums of a batch: loss, squared and absolute errors, and moments of the targets."""
        outputs, truth = precise(outputs), precise(targets)
        error = self.predict(outputs) - truth
        offset = truth - self.center  # small numbers: their squares can be subtracted
        return {
            "loss": self.loss(outputs, truth) * len(targets),
            "squared": error.square().sum(),
            "absolute": error.abs().sum(),
            "offset": offset.sum(),
            "offset_squared": offset.square().sum(),
            "count": error.new_full((), len(targets)),
        }

    def summarise(self, sums: dict[str, Tensor]) -> dict[str, float]:
        """Return the metrics of the summed batches; R2 is 1 - squared error / variance of the targets."""
        count = sums["count"]
        variation = sums["offset_squared"] - sums["offset"].square() / count
        values = [
            (sums["squared"] / count).sqrt(),
            sums["loss"] / count,
            sums["absolute"] / count,
            1 - sums["squared"] / variation,
        ]
        return named(("rmse", "loss", "mae", "r2"), values)

    def reading(self) -> str:
        """Return in words what ``predict`` does."""
        if (self.center, self.spread) == (0.0, 1.0):
            return "a number in the unit of the targets"
        return f"a number; output * {self.spread:.9g} + {self.center:.9g} is in the unit of the targets"

    def predict(self, outputs: Tensor) -> Tensor:
        """Return numbers in the targets' own unit, [n]."""
        return one_column(outputs) * self.spread + self.center
