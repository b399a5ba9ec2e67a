"""The run folder's own record: metrics as they come, a summary at the end; kept whatever else tracks the run."""

from __future__ import annotations

import json
import time
from typing import IO, TYPE_CHECKING, Any

from runner.callback.base import Callback
from runner.environment import environment
from runner.folder import identity, read_json, write_json
from runner.types import Count

if TYPE_CHECKING:
    from runner.loop import Run


class Record(Callback):
    """Write ``environment.json``, ``metrics.jsonl`` and ``summary.json``.

    Args:
        every_steps: Updates between two rows with the loss of a batch; null: only a row per epoch.
    """

    def __init__(self, every_steps: Count | None = 50) -> None:
        self.every_steps = every_steps
        self.offset = 0  # where the record of this run ends; what lies beyond is of steps that are done again
        self.seconds: dict[str, float] = {}  # of earlier processes of this run
        self.file: IO[bytes] | None = None

    def start(self, run: Run) -> None:
        """Write the environment; an earlier end of this run no longer counts."""
        (run.folder / "summary.json").unlink(missing_ok=True)
        write_json(run.folder / "environment.json", {**environment(), **run.facts})
        path = run.folder / "metrics.jsonl"
        path.touch()
        self.file = open(path, "r+b")  # noqa: SIM115  # closed in ``close``
        self.begun = time.perf_counter()
        self.clock = run.hardware.clock

    def watches_steps(self) -> bool:
        return self.every_steps is not None

    def step(self, run: Run) -> None:
        if self.every_steps and run.step % self.every_steps == 0:
            self.write(run, {"train/step_loss": run.loss.item(), "lr": run.schedule.rate(run.step - 1)})

    def epoch(self, run: Run) -> None:
        """Write the epoch's row."""
        seconds, self.begun = time.perf_counter() - self.begun, time.perf_counter()
        rest = {"lr": run.schedule.rate(run.step - 1), "seconds": round(seconds, 4)}
        self.write(run, {**run.metrics, **rest})

    def write(self, run: Run, values: dict[str, float]) -> None:
        """Append a row, at once and whole."""
        assert self.file is not None
        row = {"time": time.time(), "epoch": run.epoch, "step": run.step, **values}
        self.file.seek(self.offset)
        self.file.truncate()
        self.file.write(json.dumps(row).encode() + b"\n")
        self.file.flush()
        self.offset = self.file.tell()

    def close(self, run: Run) -> None:
        """Write the test row and the summary."""
        run.hardware.clock.lap("other")
        if self.file is not None:
            tested = {name: value for name, value in run.metrics.items() if name.startswith("test/")}
            if tested:
                self.write(run, tested)
            self.file.truncate(self.offset)
            self.file.close()
        write_json(run.folder / "summary.json", self.summary(run))

    def summary(self, run: Run) -> dict[str, Any]:
        """Return the outcome of the run."""
        seconds = self.total()
        training = sum(seconds.get(part, 0.0) for part in ("data", "forward", "backward", "optimizer", "callbacks"))
        samples = run.epoch * run.batches["train"].samples + run.seen
        best = run.folder / "checkpoints" / "best.pt"
        return {
            "id": identity(run.folder),
            "status": run.status,
            "reason": "; ".join(run.reasons),
            "objective": run.objective,
            "value": run.best.value if run.best else None,
            "metrics": {"final": run.metrics, "best": run.best.metrics if run.best else {}},
            "best_epoch": run.best.epoch if run.best else None,
            "epochs": run.epoch,
            "steps": run.step,
            "seconds": {name: round(value, 3) for name, value in seconds.items()} | {"total": sum(seconds.values())},
            "samples_per_second": round(samples / training, 1) if training else None,
            "checkpoint": str(best.relative_to(run.folder)) if best.exists() else None,
            "mlflow_run_id": read_json(run.folder / "tracking.json").get("run_id"),
            "config_hash": run.facts.get("config_hash"),
        }

    def total(self) -> dict[str, float]:
        """Return the seconds of each part over all processes of this run."""
        now = self.clock.seconds
        return {name: self.seconds.get(name, 0.0) + now.get(name, 0.0) for name in {**self.seconds, **now}}

    def state_dict(self) -> dict[str, Any]:
        return {"offset": self.offset, "seconds": self.total()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.offset, self.seconds = state["offset"], state["seconds"]
