"""Checkpoints: the last state to resume from, and the best weights to use."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import torch

from runner.callback.base import Callback
from runner.state import capture, load, put_weights, restore, save, weights
from runner.types import Count

if TYPE_CHECKING:
    from runner.loop import Run

log = logging.getLogger(__name__)


class Checkpoint(Callback):
    """Write ``last.pt`` (everything) and ``best.pt`` (the evaluated weights), and resume from ``last.pt``.

    Args:
        every_epochs: Epochs between two ``last.pt``; the final epoch is always written.
        every_steps: Also within an epoch, after so many updates; null: only between epochs.
        keep: How many of the best epochs stay on disk. 1 is ``best.pt`` alone; more are ``epoch-<n>.pt`` beside it.
    """

    rank = 2

    def __init__(self, every_epochs: Count = 1, every_steps: Count | None = None, keep: Count = 1) -> None:
        self.every_epochs, self.every_steps, self.keep = every_epochs, every_steps, keep
        self.kept: list[tuple[float, int]] = []  # (value, epoch) of the epochs on disk, best first
        self.saved: tuple[int, int] | None = None

    def start(self, run: Run) -> None:
        """Resume from ``last.pt`` if there is one. All other callbacks have started."""
        self.folder = run.folder / "checkpoints"
        self.folder.mkdir(parents=True, exist_ok=True)
        run.load_best = lambda: self.load_best(run)
        path = self.folder / "last.pt"
        state = run.hardware.group.first(lambda: load(path) if path.exists() else None)
        if state is not None:
            restore(run, state)
            self.saved = (run.epoch, run.batch)
            if state["threads"] != torch.get_num_threads():
                log.warning(
                    "the checkpoint was written with %d CPU threads, now there are %d: the bits may differ",
                    state["threads"],
                    torch.get_num_threads(),
                )

    def watches_steps(self) -> bool:
        return self.every_steps is not None

    def step(self, run: Run) -> None:
        if self.every_steps and run.step % self.every_steps == 0:
            self.save_last(run)

    def epoch(self, run: Run) -> None:
        """Write the best weights first: killed in between, the resumed epoch writes the same ones again."""
        if run.improved():
            self.save_weights(run, "best.pt")
        if self.keep > 1:
            self.rotate(run)
        run.reasons = run.hardware.group.unite(run.reasons)  # all processes save at the same moments, and the same
        if run.epoch % self.every_epochs == 0 or run.epoch == run.epochs or run.reasons:
            self.save_last(run)

    def close(self, run: Run) -> None:
        """Save where an interrupted run stopped. After a failure the last good state stays."""
        if run.status == "interrupted" and self.saved != (run.epoch, run.batch):
            self.save_last(run)

    def save_last(self, run: Run) -> None:
        run.hardware.clock.lap("callbacks")
        self.saved = (run.epoch, run.batch)
        state = capture(run)
        if run.hardware.group.main:
            save(self.folder / "last.pt", state)
        run.hardware.clock.lap("checkpoint")

    def save_weights(self, run: Run, name: str) -> None:
        run.hardware.clock.lap("callbacks")
        state = {
            "model": weights(run),
            "epoch": run.epoch,
            "step": run.step,
            "metrics": run.metrics,
        }
        if run.hardware.group.main:
            save(self.folder / name, state)
        run.hardware.clock.lap("checkpoint")

    def rotate(self, run: Run) -> None:
        """Keep the ``keep`` best epochs."""
        value = run.metrics[run.objective]
        rank = (-value if run.direction == "max" else value, run.epoch)
        if value != value or (len(self.kept) == self.keep and rank >= self.kept[-1]):
            return
        self.save_weights(run, f"epoch-{run.epoch}.pt")
        self.kept = sorted([*self.kept, rank])
        for _, epoch in self.kept[self.keep :]:
            (self.folder / f"epoch-{epoch}.pt").unlink(missing_ok=True)
        self.kept = self.kept[: self.keep]

    def load_best(self, run: Run) -> None:
        """Put the best weights into the model that is evaluated."""
        path = self.folder / "best.pt"
        state = run.hardware.group.first(lambda: load(path) if path.exists() else None)
        if state is not None:
            put_weights(run, state["model"])

    def state_dict(self) -> dict[str, Any]:
        return {"kept": self.kept}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.kept = [(value, epoch) for value, epoch in state["kept"]]
