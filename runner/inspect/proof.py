"""Callbacks of ``runner verify``: what keeps two trainings comparable, and what strikes one of them down."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from runner.callback.base import Callback
from runner.durable import write_json

if TYPE_CHECKING:
    from runner.loop import Run


class Witness(Callback):
    """Counts the rows that are evaluated, over all processes, into ``evaluated.json``; leaves dropout out if told to.

    Args:
        still: Set dropout to zero: processes draw other numbers than one process does.
    """

    def __init__(self, still: bool = True) -> None:
        self.still = still
        self.rows = 0
        self.valid = 0

    def start(self, run: Run) -> None:
        """Look over the task's shoulder."""
        if self.still:
            silence(run.model)
        measure: Callable[[Tensor, Tensor], Any] = run.task.measure

        def counted(outputs: Tensor, targets: Tensor) -> Any:
            self.rows += len(targets)
            return measure(outputs, targets)

        run.task.measure = counted  # type: ignore[method-assign]

    def epoch(self, run: Run) -> None:
        """What was measured since the last time is validation."""
        self.valid, self.rows = self.rows, 0

    def close(self, run: Run) -> None:
        """Add up, if all went well: the others are there only then."""
        if run.status in ("finished", "stopped"):
            found = run.hardware.group.gather({"valid": self.valid, "test": self.rows})
            if run.hardware.group.main:
                write_json(run.folder / "evaluated.json", {key: sum(one[key] for one in found) for key in found[0]})


class Strike(Callback):
    """Kills the last of the run's processes, without a warning, after an update.

    Args:
        at: The update.
    """

    rank = 2

    def __init__(self, at: int) -> None:
        self.at = at

    def step(self, run: Run) -> None:
        """Strike: a SIGKILL cannot be caught."""
        group = run.hardware.group
        if run.step == self.at and group.rank == group.world - 1:
            os.kill(os.getpid(), signal.SIGKILL)


def silence(model: nn.Module) -> None:
    """Set every dropout of a model to zero."""
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.p = 0.0
        elif isinstance(module, nn.RNNBase | nn.MultiheadAttention):
            module.dropout = 0.0
