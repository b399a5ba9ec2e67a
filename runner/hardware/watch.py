"""Whether numbers are still finite, after an epoch and before a checkpoint; and what a run does where they are not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Literal

from torch import nn

from runner.hardware.faults import Faults
from runner.hardware.guard import WAYS_OUT, NonFinite, unsound
from runner.hardware.processes import Alone
from runner.hardware.update import Update

if TYPE_CHECKING:
    from runner.loop import Run

log = logging.getLogger(__name__)
Policy = Literal["stop", "skip", "rewind"]


@dataclass(frozen=True)
class Watch:
    """Watches over the numbers of a run; every method is called by all processes.

    Attributes:
        model: On its device.
        changes: Has the gradients of the last batch.
        group: The processes.
        faults: Where is noted what was dealt with.
        policy: What a NaN or an infinity does: see ``hardware.nonfinite``.
        limit: How often a run may go back.
        factor: What the learning rate is multiplied by, each time.
        losses: Whether losses are looked at.
        weights: Whether weights are.
    """

    model: nn.Module
    changes: Update
    group: Alone
    faults: Faults
    policy: Policy
    limit: int
    factor: float
    losses: bool
    weights: bool

    def through(self, epoch: Callable[[Run], None], run: Run) -> float:
        """Train an epoch to its end and return its mean loss; where the policy says so, from a checkpoint again.

        Raises:
            NonFinite: The run ends.
        """
        while True:
            try:
                epoch(run)
                return self.finite((run.total / run.seen).item())
            except NonFinite as error:
                if self.policy != "rewind":
                    raise
                self.rewind(error, run)

    def finite(self, loss: float) -> float:
        """Return the mean loss of an epoch, which is a number, if any loss of the epoch was looked at.

        Raises:
            NonFinite: It is none, or a weight is none: what follows must not be saved.
        """
        if self.losses and not isfinite(loss):
            if self.faults.in_a_row:
                raise NonFinite("every batch of the epoch was left out: none had a finite loss and gradient")
            raise NonFinite(f"the mean loss of the epoch is {loss}: hardware.guard=1 names the update and the layer")
        self.check_weights()
        return loss

    def check_weights(self) -> None:
        """Look at all weights, before anything is saved.

        A gradient that is not finite makes weights that are not, so that the step need not look at gradients.

        Raises:
            NonFinite: One of them is not finite.
        """
        for name in self.group.gather(unsound(self.model)) if self.weights else ():
            if name:
                raise NonFinite(f"the weights {name} are not finite: the last update was too large; {WAYS_OUT}")

    def rewind(self, error: NonFinite, run: Run) -> None:
        """Take a run back to its last checkpoint, with a lower learning rate.

        What the run does from there depends on the checkpoint, and on how often it went back. A run that is killed
        afterwards, and resumed, comes to the same error and goes back in the same way, or has saved that it did.

        Raises:
            NonFinite: It has gone back as often as it may.
        """
        known = self.faults.rewinds
        if len(known) >= self.limit:
            raise NonFinite(f"{error}; the run went back {len(known)} times (hardware.nonfinite_limit)") from error
        known = [*known, {"epoch": run.epoch + 1, "step": run.step, "reason": str(error)}]
        self.changes.drop()  # of the batch at which it was found
        run.load_last()
        self.faults.rewinds = known
        run.schedule.lowered = self.factor ** len(known)
        log.warning(
            "%s; back to the checkpoint at step %d, with %g times the learning rate",
            error,
            run.step,
            run.schedule.lowered,
        )

    def counts(self) -> dict[str, float]:
        """Return how many batches were left out so far, for the metrics of an epoch, if that can happen."""
        return {"train/skipped_batches": self.faults.skipped} if self.policy == "skip" else {}
