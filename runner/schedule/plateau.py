"""Down a stair when the objective stands still: the one schedule that looks at the training."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from annotated_types import Gt, Lt

from runner.schedule.warmup import risen
from runner.types import Fraction, NonNegative, Share, Whole


class Plateau:
    """Multiply the rate by ``factor`` after more than ``patience`` epochs in a row without a better objective.

    Equals ``torch.optim.lr_scheduler.ReduceLROnPlateau(threshold_mode="abs", min_lr=minimum * lr, eps=0)``. A
    difference counts as it is, not as a share of the best: a share means nothing for an objective around zero.
    An objective that is not a number is never better.

    It remembers at which update each stair was taken, so that what it says of a past update stays true.

    Args:
        factor: The rate of a stair, as a share of the one before.
        patience: Epochs without a better objective that are borne.
        threshold: How much better than the best so far an objective has to be to count.
        minimum: Lowest value.
        warmup: Share of the run that rises linearly; its epochs count too.
    """

    def __init__(
        self,
        factor: Annotated[float, Gt(0), Lt(1)] = 0.1,
        patience: Whole = 5,
        threshold: NonNegative = 1e-4,
        minimum: Share = 0.0,
        warmup: Fraction = 0.0,
    ) -> None:
        self.factor, self.patience, self.threshold = factor, patience, threshold
        self.minimum, self.warmup = minimum, warmup
        self.best: float | None = None
        self.worse = 0  # epochs in a row without a better objective
        self.done = 0  # updates that have begun
        self.stairs: list[int] = []  # the first update of each

    def __call__(self, step: int, total: int) -> float:
        """Return the multiple of the rate for an update.

        Args:
            step: Updates done so far.
            total: Updates of the run.
        """
        self.done = max(self.done, step + 1)
        taken = sum(stair <= step for stair in self.stairs)
        return max(self.minimum, self.factor**taken) * risen(step, total, self.warmup)

    def observe(self, value: float, direction: Literal["min", "max"]) -> None:
        """Look at the objective of an epoch that has just ended.

        Args:
            value: Of the objective, the same in every process.
            direction: Whether less or more of it is better.
        """
        gain = float("inf") if self.best is None else self.best - value if direction == "min" else value - self.best
        if value == value and gain > self.threshold:
            self.best, self.worse = value, 0
        else:
            self.worse += 1
        if self.worse > self.patience:
            self.stairs.append(self.done)
            self.worse = 0

    def state_dict(self) -> dict[str, Any]:
        """Return what it has seen, as plain numbers."""
        return {"best": self.best, "worse": self.worse, "done": self.done, "stairs": list(self.stairs)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what ``state_dict`` returned."""
        self.best, self.worse, self.done = state["best"], state["worse"], state["done"]
        self.stairs = list(state["stairs"])
