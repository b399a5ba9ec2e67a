"""Whether a loss comes down at all: the verdict of ``debug=overfit``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from annotated_types import Gt, Lt

from runner.callback.base import Callback

if TYPE_CHECKING:
    from runner.loop import Run

Share = Annotated[float, Gt(0), Lt(1)]


class Learned(Callback):
    """Stop as soon as the loss of a batch is a small share of the first one, and fail if it never is.

    Args:
        share: Of the first loss, what is small enough.
    """

    def __init__(self, share: Share = 0.1) -> None:
        self.share = share
        self.first: float | None = None

    def step(self, run: Run) -> None:
        """Keep the loss before the first update."""
        if self.first is None:
            self.first = run.loss.item()

    def epoch(self, run: Run) -> str | None:
        """Return that it is learned, or nothing.

        Raises:
            ArithmeticError: The last epoch is over and it is not.
        """
        assert self.first is not None
        last = run.loss.item()
        told = f"the loss of the batch went from {self.first:.4g} to {last:.4g} in {run.step} updates"
        if last <= self.share * self.first:
            return f"{told}: it can be learned by heart"
        if run.epoch < run.epochs:
            return None
        raise ArithmeticError(
            f"{told}, which is more than {self.share:g} of it: either something is wrong (the learning rate, the loss, "
            "frozen weights, targets that do not belong to the inputs), or dropout, label smoothing or weight decay "
            "keep it up, or it takes more epochs"
        )

    def state_dict(self) -> dict[str, Any]:
        return {"first": self.first}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.first = state["first"]
