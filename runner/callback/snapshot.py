"""Snapshots: the weights at the end of every cycle of the learning rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.callback.base import Callback
from runner.callback.checkpoint import shelf_of
from runner.shelf import Shelf
from runner.state import weights

if TYPE_CHECKING:
    from runner.loop import Run


class Snapshot(Callback):
    """Save ``checkpoints/snapshot-<n>.pt`` whenever the rate has come down and is about to rise again, and at the end.

    Several of them together predict better than one: ``runner eval RUN --weights snapshot-1 snapshot-2``.

    Source: Huang et al., "Snapshot Ensembles: Train 1, Get M for Free", arXiv 1704.00109.
    """

    rank = 1

    def __init__(self) -> None:
        self.shelf: Shelf | None = None

    def step(self, run: Run) -> None:
        """Save if a cycle ends here. The number is a function of the step: a resumed run writes the same files."""
        if ends_cycle(run, run.step):
            number = sum(ends_cycle(run, step) for step in range(1, run.step + 1))
            state = {"model": weights(run), "epoch": run.epoch, "step": run.step}
            if run.hardware.group.main:
                self.shelf = self.shelf or shelf_of(run)
                self.shelf.put(f"snapshot-{number}.pt", state)

    def close(self, run: Run) -> None:
        """Write what the disk did not take before; a run without checkpoints has no other to see to it."""
        if self.shelf is not None:
            self.shelf.settle()


def ends_cycle(run: Run, step: int) -> bool:
    """Tell whether the rate fell up to update ``step`` and rises after it, or the run ends there."""
    total, rate = run.schedule.total, run.schedule.rate
    return step == total or (1 < step < total and rate(step - 2) >= rate(step - 1) < rate(step))
