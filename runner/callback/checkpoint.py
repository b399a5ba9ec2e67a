"""Checkpoints: the last state to resume from, and the best weights to use."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from runner.callback.base import Callback
from runner.folder import identity
from runner.shelf import LAST, Shelf
from runner.state import capture, put_weights, restore, weights
from runner.statefile import load
from runner.types import Count, NonNegative

if TYPE_CHECKING:
    from runner.loop import Run


log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds between two looks at a disk that is waited for."""
URGENT = 10.0
"""Seconds that a run that was told to stop waits for the disk: who told it may not wait much longer."""


class Checkpoint(Callback):
    """Write ``last.pt`` (everything) and ``best.pt`` (the evaluated weights), and resume from ``last.pt``.

    A disk that takes no more, full or over a quota, does not end a training: the last good files stay, the new ones
    wait in memory, a warning says once a minute what is needed, and they are written as soon as that is possible. Only
    the end of the training waits for it, and a training whose last checkpoint could not be written has failed: it goes
    on, with ``runner resume``, from the one before. See ``runner.shelf``.

    On the disk a run takes three checkpoints, ``last.pt``, ``previous.pt`` and the smaller ``best.pt``, and one more
    while one is written.

    Args:
        every_epochs: Epochs between two ``last.pt``; the final epoch is always written.
        every_steps: Also within an epoch, after so many updates; null: only between epochs.
        keep: How many of the best epochs stay on disk. 1 is ``best.pt`` alone; more are ``epoch-<n>.pt`` beside it.
        previous: The last but one stays as ``previous.pt``, to go on from where the last is damaged.
        patience: Seconds that the end of the training waits for a disk that is full.
    """

    rank = 2

    def __init__(
        self,
        every_epochs: Count = 1,
        every_steps: Count | None = None,
        keep: Count = 1,
        previous: bool = True,
        patience: NonNegative = 600,
    ) -> None:
        self.every_epochs, self.every_steps, self.keep = every_epochs, every_steps, keep
        self.previous, self.patience = previous, patience
        self.kept: list[tuple[float, int]] = []  # (value, epoch) of the epochs on disk, best first
        self.saved: tuple[int, int] | None = None

    def start(self, run: Run) -> None:
        """Resume from the newest checkpoint if there is one. All other callbacks have started."""
        self.shelf = Shelf(run.folder, self.previous)
        run.load_best = lambda: self.load_best(run)
        run.load_last = lambda: self.load_last(run)
        state = run.hardware.group.first(self.shelf.newest)
        if state is not None:
            restore(run, state)
            self.saved = (run.epoch, run.batch)
        elif run.hardware.nonfinite == "rewind":  # in the first epoch there has to be something to go back to
            self.save_last(run)

    def watches_steps(self) -> bool:
        return self.every_steps is not None or (self.saved is not None and bool(self.shelf.owed))

    def step(self, run: Run) -> None:
        if self.every_steps and run.step % self.every_steps == 0:
            self.save_last(run)
        elif self.shelf.due():
            self.shelf.settle()

    def epoch(self, run: Run) -> None:
        """Write the best weights first: killed in between, the resumed epoch writes the same ones again."""
        if run.improved():
            self.save_weights(run, "best.pt")
        if self.keep > 1:
            self.rotate(run)
        run.reasons = run.hardware.group.unite(run.reasons)  # all processes save at the same moments, and the same
        if run.epoch % self.every_epochs == 0 or run.epoch == run.epochs or run.reasons:
            self.save_last(run)
        if run.epoch == run.epochs or run.reasons:
            self.wait(run)

    def wait(self, run: Run) -> None:
        """Nothing comes after the last checkpoint: wait for the disk, and fail rather than end without it.

        Raises:
            Unwritable: It was waited for in vain.
            Interrupted: Nobody wants to wait any longer.
        """
        shelf, first, until = self.shelf, run.hardware.group.first, time.monotonic() + self.patience
        while not first(lambda: shelf.settle() or time.monotonic() >= until):
            run.interrupt.check()
            time.sleep(PAUSE)
        first(shelf.insist)

    def close(self, run: Run) -> None:
        """Save where an interrupted run stopped. After a failure the last good state stays, and is told."""
        interrupted = run.status == "interrupted"
        if interrupted and self.saved != (run.epoch, run.batch):
            try:
                self.save_last(run)
            except ArithmeticError as error:
                log.warning("not saved: %s", error)
        shelf, until = self.shelf, time.monotonic() + min(self.patience, URGENT)
        while not shelf.settle() and interrupted and time.monotonic() < until:
            time.sleep(PAUSE)
        if shelf.owed and interrupted:
            log.error("where the run stopped is not saved: runner resume goes on from before that: %s", shelf.error)
        if run.status == "failed" and run.hardware.group.main and self.saved is not None:
            name = identity(run.folder)
            if (run.folder / "checkpoints" / LAST).exists():
                said = (
                    "the last good checkpoint is that of %d epochs and %d batches: runner resume %s goes on from there"
                )
                log.warning(said, *self.saved, name)
            else:
                log.warning("no checkpoint could be written: runner resume %s begins again", name)

    def save_last(self, run: Run) -> None:
        """Write ``last.pt``.

        Raises:
            NonFinite: A weight is not finite: the file stays as it is.
        """
        run.hardware.watch.check_weights()
        run.hardware.clock.lap("callbacks")
        self.saved = (run.epoch, run.batch)
        state = capture(run)
        if run.hardware.group.main:
            self.shelf.put(LAST, state)
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
            self.shelf.put(name, state)
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
            self.shelf.drop(f"epoch-{epoch}.pt")
        self.kept = self.kept[: self.keep]

    def load_last(self, run: Run) -> None:
        """Go back to the newest state."""
        state = run.hardware.group.first(self.shelf.newest)
        assert state is not None, "one was saved at the start"
        restore(run, state)

    def load_best(self, run: Run) -> None:
        """Put the best weights into the model that is evaluated."""
        path = self.shelf.folder / "best.pt"
        state = run.hardware.group.first(lambda: load(path) if path.exists() else None)
        if state is not None:
            put_weights(run, state["model"])

    def state_dict(self) -> dict[str, Any]:
        return {"kept": self.kept}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.kept = [(value, epoch) for value, epoch in state["kept"]]


def shelf_of(run: Run) -> Shelf:
    """Return where a run's checkpoints go, for others that save some."""
    found = (callback.shelf for callback in run.callbacks.values() if isinstance(callback, Checkpoint))
    return next(found, None) or Shelf(run.folder)
