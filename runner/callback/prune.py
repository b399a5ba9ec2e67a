"""Giving up a run that a search no longer hopes for."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING

from runner.callback.base import Callback

if TYPE_CHECKING:
    from runner.loop import Run


class Prune(Callback):
    """Tell a search each epoch's objective, and stop if it gives the run up.

    Only a search makes one, so there is no choice of that name. Called after the run is saved: its checkpoint does not
    know that it was given up, and whoever resumes it trains it to the end.

    Args:
        ask: Given the completed epochs and the value of the objective, a finite number, returns what gives the run
            up, in words, or None.
    """

    rank = 3
    main_only = True  # one process talks to the study; all of them leave together

    def __init__(self, ask: Callable[[int, float], str | None]) -> None:
        self.ask = ask

    def epoch(self, run: Run) -> str | None:
        """Ask, unless the objective is no number; the loop knows the answer by how it begins."""
        value = run.metrics[run.objective]
        words = self.ask(run.epoch, value) if isfinite(value) else None
        return f"pruned: {words}, {run.objective} {value:.6g} after epoch {run.epoch}" if words else None
