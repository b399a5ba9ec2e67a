"""Stopping when nothing gets better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runner.callback.base import Callback
from runner.types import Count, NonNegative

if TYPE_CHECKING:
    from runner.loop import Run


class EarlyStopping(Callback):
    """Stop when a metric has not improved for ``patience`` epochs.

    Source: Prechelt, "Early Stopping - But When?", 1998.

    Args:
        patience: Epochs to wait for an improvement.
        min_delta: An improvement counts if it is larger than this.
        monitor: The metric; the objective unless told.
    """

    def __init__(self, patience: Count = 5, min_delta: NonNegative = 0.0, monitor: str | None = None) -> None:
        self.patience, self.min_delta, self.monitor = patience, min_delta, monitor
        self.best: float | None = None
        self.waited = 0

    def epoch(self, run: Run) -> str | None:
        """Count the epochs without an improvement; a NaN is none."""
        name = self.monitor or run.objective
        sign = 1 if run.task.directions[name.rpartition("/")[2]] == "max" else -1
        value = sign * run.metrics[name]
        if value == value and (self.best is None or value > self.best + self.min_delta):
            self.best, self.waited = value, 0
            return None
        self.waited += 1
        return f"{name} has not improved for {self.waited} epochs" if self.waited >= self.patience else None

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "waited": self.waited}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.best, self.waited = state["best"], state["waited"]
