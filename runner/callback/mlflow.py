"""Tracking with MLflow, fed by a process beside the run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from runner.callback.base import Callback
from runner.callback.record import Record
from runner.tracking.child import GRACE, Child
from runner.types import NonNegative

if TYPE_CHECKING:
    from runner.loop import Run


class MLflow(Callback):
    """Have the run folder replayed into an MLflow store while the run goes on.

    This process never imports MLflow and never waits for the store before the end: what it writes into its folder
    is read and sent by a child, which also notices when this process is killed. See ``runner.tracking``.

    A sweep has one such child for all its trials (``runner.sweep.tracked``), and sends the model of the best alone.

    Args:
        uri: The store. null: MLFLOW_TRACKING_URI, else sqlite in ``mlflow.db`` beside the runs.
        experiment: The experiment's name in the store.
        log_model: Also log the best model, loadable by ``mlflow.pytorch.load_model``; of a sweep the best trial's.
        system_metrics: Also send processor, memory, disk and device use every few seconds.
        patience: Seconds to wait for the store at the end. What is missing then is sent by ``runner sync``.
    """

    rank = -1  # closed after the record, whose summary the follower sends
    main_only = True

    def __init__(
        self,
        uri: str | None = None,
        experiment: str = "runner",
        log_model: bool = True,
        system_metrics: bool = False,
        patience: NonNegative = 120,
    ) -> None:
        self.uri, self.experiment, self.log_model = uri, experiment, log_model
        self.system_metrics, self.patience = system_metrics, patience
        self.child: Child | None = None

    def start(self, run: Run) -> None:
        """Start the follower, and do not wait for it."""
        child = Child(run.folder, self.uri, self.experiment, self.log_model, self.system_metrics)
        self.child = child if child.start() else None

    def close(self, run: Run) -> None:
        """Let the follower complete the run, as long as patience lasts, and have the record say how long that was."""
        if self.child is None:
            return
        run.hardware.clock.lap("other")
        signum = run.interrupt.signum
        others = run.hardware.group.world > 1 and run.status == "failed"
        patience = min(self.patience, GRACE) if others else self.patience  # other processes wait for this one's end

        def urgent() -> bool:
            """Tell whether another signal has come, which ends the wait."""
            return run.interrupt.signum != signum

        self.child.finish(patience, urgent=urgent, tell=partial(tell, run))
        run.hardware.clock.lap("tracking")
        for callback in run.callbacks.values():
            if isinstance(callback, Record):
                callback.amend(run)


def tell(run: Run, line: str) -> None:
    """Print a line where the progress of the run is printed, if it is."""
    from runner.callback.progress import Progress

    for callback in run.callbacks.values():
        if isinstance(callback, Progress):
            callback.say(line)
