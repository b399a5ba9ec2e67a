"""The process that keeps a store up to date, seen from the one that it works for."""

from __future__ import annotations

import importlib.util
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from runner.child import modules
from runner.folder import identity

log = logging.getLogger(__name__)
WORTH_A_WORD = 2.0
"""Seconds of waiting after which it is said what for."""
GRACE = 5.0
"""Seconds between asking the child to end and ending it."""


class Child:
    """Replays a folder, a run's or a sweep's, into a store. See ``runner.tracking.follow``.

    It notices when this process ends, however that happens: nobody has to tell it.

    Args:
        folder: The folder.
        uri: The store. None: MLFLOW_TRACKING_URI, else sqlite in ``mlflow.db`` beside the runs.
        experiment: The experiment's name in the store.
        log_model: Also log the best model.
        system_metrics: Also send what the machine does.
    """

    def __init__(
        self,
        folder: Path,
        uri: str | None = None,
        experiment: str = "runner",
        log_model: bool = True,
        system_metrics: bool = False,
    ) -> None:
        self.folder, self.uri = folder.resolve(), uri
        self.words = ["--experiment", experiment]
        self.words += [] if log_model else ["--no-model"]
        self.words += ["--system-metrics"] if system_metrics else []
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> bool:
        """Start it, and do not wait for it; tell whether there is anything to start."""
        if importlib.util.find_spec("mlflow") is None:
            log.warning("mlflow is not installed: this is recorded in %s only", identity(self.folder))
            return False
        command = [sys.executable, "-P", "-m", "runner.verb.sync", str(self.folder), "--follow", *self.words]
        # a session of its own: the terminal's Ctrl-C is for this process, which then says what is to be done
        with open(self.folder / "tracking.log", "ab") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=self.environment(),
                start_new_session=True,
            )
        return True

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

    def finish(
        self,
        patience: float,
        word: str = "",
        urgent: Callable[[], bool] = lambda: False,
        tell: Callable[[str], object] = lambda line: None,
    ) -> None:
        """Let it complete what it follows.

        Args:
            patience: Seconds to wait for that; then it is ended.
            word: What became of the folder, if the folder does not say so.
            urgent: Whether not to wait any longer; then it goes on alone.
            tell: Is called once, with what is waited for, if that takes longer than a moment.
        """
        if self.process is None:
            return
        way_out = f"to complete it: runner sync {identity(self.folder)}"
        begun, said = time.monotonic(), False
        self.say(f"finish {word}".strip())
        while (code := self.process.poll()) is None:
            waited = time.monotonic() - begun
            if urgent():
                log.warning("not waiting for the tracking store any longer; if it stays incomplete: %s", way_out)
                return
            if waited > patience:
                self.end()
                log.warning("the tracking store took more than %g s; %s", patience, way_out)
                return
            if waited > WORTH_A_WORD and not said:
                said = True
                log.info("waiting for the tracking store, up to %g s", patience)
                tell(f"waiting for the tracking store (callback.mlflow.patience={patience:g}) ...")
            time.sleep(0.05)
        if code:
            log.warning("the tracking store is incomplete, see tracking.log; %s", way_out)

    def say(self, line: str) -> None:
        """Tell it something, for the last time."""
        assert self.process is not None
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"{line}\n".encode())
            self.process.stdin.close()
        except OSError:  # it has died; its exit code says so
            pass

    def end(self) -> None:
        """End it, and do not take no for an answer."""
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
