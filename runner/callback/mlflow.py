"""Tracking with MLflow, fed by a process beside the run."""

from __future__ import annotations

import importlib.util
import logging
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from runner.callback.base import Callback
from runner.callback.record import Record
from runner.child import modules
from runner.folder import identity
from runner.types import NonNegative

if TYPE_CHECKING:
    from runner.loop import Run

log = logging.getLogger(__name__)
WORTH_A_WORD = 2.0
"""Seconds of waiting after which it is said what for."""
GRACE = 5.0
"""Seconds between asking the follower to end and ending it."""


class MLflow(Callback):
    """Have the run folder replayed into an MLflow store while the run goes on.

    This process never imports MLflow and never waits for the store before the end: what it writes into its folder
    is read and sent by a child, which also notices when this process is killed. See ``runner.tracking``.

    Args:
        uri: The store. null: MLFLOW_TRACKING_URI, else sqlite in ``mlflow.db`` beside the runs.
        experiment: The experiment's name in the store.
        log_model: Also log the best model, loadable by ``mlflow.pytorch.load_model``.
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
        self.child: subprocess.Popen[bytes] | None = None

    def start(self, run: Run) -> None:
        """Start the follower, and do not wait for it."""
        if importlib.util.find_spec("mlflow") is None:
            log.warning("mlflow is not installed: this run is recorded in its folder only")
            return
        command = [sys.executable, "-P", "-m", "runner.verb.sync", str(run.folder.resolve()), "--follow"]
        command += ["--experiment", self.experiment]
        command += [] if self.log_model else ["--no-model"]
        command += ["--system-metrics"] if self.system_metrics else []
        # a session of its own: the terminal's Ctrl-C is for the trainer, which then says what is to be done
        with open(run.folder / "tracking.log", "ab") as output:
            self.child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=self.environment(),
                start_new_session=True,
            )

    def environment(self) -> dict[str, str]:
        """Return the child's environment: the same modules, one thread, no device, and a password out of ``ps``."""
        changes = {
            "PYTHONPATH": modules(),
            "OMP_NUM_THREADS": "1",
            "CUDA_VISIBLE_DEVICES": "",
        }
        if self.uri:
            changes["MLFLOW_TRACKING_URI"] = self.uri
        return {**os.environ, **changes}

    def close(self, run: Run) -> None:
        """Let the follower complete the run, as long as patience lasts, and have the record say how long that was."""
        if self.child is None:
            return
        run.hardware.clock.lap("other")
        self.wait(run, self.child)
        run.hardware.clock.lap("tracking")
        for callback in run.callbacks.values():
            if isinstance(callback, Record):
                callback.amend(run)

    def wait(self, run: Run, child: subprocess.Popen[bytes]) -> None:
        """Wait for the follower; another signal ends the wait."""
        way_out = f"to complete it: runner sync {identity(run.folder)}"
        signum, begun = run.interrupt.signum, time.monotonic()
        self.say_finish(child)
        said = False
        others = run.hardware.group.world > 1 and run.status == "failed"
        patience = min(self.patience, GRACE) if others else self.patience  # other processes wait for this one's end
        while (code := child.poll()) is None:
            waited = time.monotonic() - begun
            if run.interrupt.signum != signum:
                log.warning("not waiting for the tracking store any longer; if it stays incomplete: %s", way_out)
                return
            if waited > patience:
                self.end(child)
                log.warning("the tracking store took more than %g s; %s", patience, way_out)
                return
            if waited > WORTH_A_WORD and not said:
                said = True
                log.info("waiting for the tracking store, up to %g s", self.patience)
            time.sleep(0.05)
        if code:
            log.warning("the tracking store is incomplete, see tracking.log; %s", way_out)

    @staticmethod
    def say_finish(child: subprocess.Popen[bytes]) -> None:
        """Tell the follower that the record is complete."""
        assert child.stdin is not None
        try:
            child.stdin.write(b"finish\n")
            child.stdin.close()
        except OSError:  # it has died; its exit code says so
            pass

    @staticmethod
    def end(child: subprocess.Popen[bytes]) -> None:
        """End the follower, and do not take no for an answer."""
        child.terminate()
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
