"""The run folder's own record: metrics as they come, a summary at the end; kept whatever else tracks the run."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runner.callback.base import Callback
from runner.callback.bottleneck import bottleneck, facts_of
from runner.callback.later import Later, ask
from runner.disk import Backlog
from runner.durable import read_json, write_json
from runner.environment import code, environment
from runner.folder import identity
from runner.log import described
from runner.redact import redacted_tree
from runner.types import Count

if TYPE_CHECKING:
    from runner.loop import Run

TRAINING = ("data", "copy", "forward", "backward", "optimizer", "callbacks")
"""What the time of training steps is made of."""

log = logging.getLogger(__name__)
encode = json.JSONEncoder().encode


def failure() -> str:
    """Return what is just ending the run, in words: callbacks are closed while it is under way."""
    error = sys.exception()
    return described(error) if isinstance(error, Exception) else ""


class Record(Callback):
    """Write ``environment.json``, ``metrics.jsonl`` and ``summary.json``.

    A row that the disk does not take waits in memory, and in the checkpoints, and is written as soon as it does.

    Args:
        every_steps: Updates between two rows with the loss of a batch; null: only a row per epoch.
    """

    main_only = True

    def __init__(self, every_steps: Count | None = 50) -> None:
        self.every_steps = every_steps
        self.seconds: dict[str, float] = {}  # of earlier processes of this run
        self.device: dict[str, float] = {}  # the same on the device's own time line, where it has one
        self.lines: Backlog | None = None
        self.waiting: list[dict[str, Any]] = []  # rows whose numbers are on their way from the device
        self.environment: dict[str, Any] = {}
        self.latest: dict[str, float] = {}
        """The last value of everything that was written; replaced, never changed, so that any thread may read it."""

    def start(self, run: Run) -> None:
        """Write the environment; an earlier end of this run no longer counts."""
        self.clock = run.hardware.clock
        (run.folder / "summary.json").unlink(missing_ok=True)
        self.environment = redacted_tree({**environment(), **run.facts})
        write_json(run.folder / "environment.json", self.environment)
        (run.folder / "metrics.jsonl").touch()
        self.lines = Backlog(run.folder / "metrics.jsonl")
        self.lines.go_on_at(0)
        self.begun = time.perf_counter()

    def watches_steps(self) -> bool:
        return self.every_steps is not None

    def step(self, run: Run) -> None:
        if self.every_steps and run.step % self.every_steps == 0:
            self.write(run, {"train/step_loss": ask(run.loss), "lr": run.schedule.rate(run.step - 1)})
        elif self.waiting:
            self.flush()

    def epoch(self, run: Run) -> None:
        """Write the epoch's row."""
        seconds, self.begun = time.perf_counter() - self.begun, time.perf_counter()
        rest = {"lr": run.schedule.rate(run.step - 1), "seconds": round(seconds, 4)}
        self.write(run, {**run.metrics, **rest})

    def write(self, run: Run, values: Mapping[str, float | Later]) -> None:
        """Append a row of this moment, whole; one with numbers that are still to come as soon as they have."""
        row: dict[str, Any] = {"time": time.time(), "epoch": run.epoch, "step": run.step, **values}
        if self.waiting or Later in map(type, values.values()):
            self.waiting.append(row)
            self.flush()
        else:
            self.append(row)

    def flush(self, wait: bool = False) -> None:
        """Append the rows that are complete, in their order; or all of them, after a wait."""
        while self.waiting:
            row = self.waiting[0]
            late = {name: value for name, value in row.items() if isinstance(value, Later)}
            if not wait and not all(value.ready() for value in late.values()):
                return
            self.append({**row, **{name: value.read() for name, value in late.items()}})
            del self.waiting[0]

    def append(self, row: dict[str, Any]) -> None:
        assert self.lines is not None
        self.lines.add((encode(row) + "\n").encode())
        self.latest = {**self.latest, **row}

    def close(self, run: Run) -> None:
        """Write the test row and the summary.

        Raises:
            Unwritable: The training is through, but a part of its record is not on the disk: a resumed run adds it.
        """
        run.hardware.clock.lap("other")
        try:
            if self.lines is not None:
                self.complete(run, self.lines)
            write_json(run.folder / "summary.json", self.summary(run))
            known = code()  # some of it is imported when it is first used
            if self.environment and self.environment["code"] != known:
                write_json(run.folder / "environment.json", {**self.environment, "code": known})
        except OSError as error:
            if run.status in ("finished", "stopped", "pruned"):
                raise
            log.error("how the run ended could not be written down: %s", error)  # why it ended is the main thing

    def complete(self, run: Run, lines: Backlog) -> None:
        """Write the test row, and all that is still to be written."""
        tested = {name: value for name, value in run.metrics.items() if name.startswith("test/")}
        if tested:
            self.write(run, tested)
        try:
            self.flush(wait=True)
        except RuntimeError:  # the device has died, which is being reported: what it had not sent is lost
            self.waiting = []
        lines.close()
        lines.insist()

    def summary(self, run: Run) -> dict[str, Any]:
        """Return the outcome of the run."""
        times = self.times(run)
        training = sum(times["seconds"].get(part, 0.0) for part in TRAINING)
        samples = run.epoch * run.batches["train"].samples + run.seen
        best = run.folder / "checkpoints" / "best.pt"
        return {
            "id": identity(run.folder),
            "status": run.status,
            "reason": redacted_tree("; ".join(run.reasons) or failure()),
            "objective": run.objective,
            "value": run.best.value if run.best else None,
            "metrics": {"final": run.metrics, "best": run.best.metrics if run.best else {}},
            "best_epoch": run.best.epoch if run.best else None,
            "epochs": run.epoch,
            "steps": run.step,
            **times,
            "faults": {**run.hardware.faults.summary(), **skipped_files(run)},
            "samples_per_second": round(samples / training, 1) if training else None,
            "checkpoint": str(best.relative_to(run.folder)) if best.exists() else None,
            "mlflow_run_id": read_json(run.folder / "tracking.json").get("run_id"),
            "config_hash": run.facts.get("config_hash"),
        }

    def times(self, run: Run) -> dict[str, Any]:
        """Return where the time went, over all processes of this run, and one sentence about it."""
        self.clock.settle()
        seconds, device = self.total(self.seconds, self.clock.seconds), self.total(self.device, self.clock.device)
        return {
            "seconds": rounded(seconds) | {"total": sum(seconds.values())},
            **({"device_seconds": rounded(device)} if device else {}),
            "bottleneck": bottleneck({**seconds, **device}, facts_of(run)),
        }

    def amend(self, run: Run) -> None:
        """Say again where the time went, when closing others has taken some; what they added stays."""
        path = run.folder / "summary.json"
        if known := read_json(path):
            write_json(path, {**known, **self.times(run)})

    @staticmethod
    def total(before: dict[str, float], now: dict[str, float]) -> dict[str, float]:
        """Return the seconds of each part over all processes of this run."""
        return {name: before.get(name, 0.0) + now.get(name, 0.0) for name in {**before, **now}}

    def state_dict(self) -> dict[str, Any]:
        self.flush(wait=True)
        assert self.lines is not None
        self.lines.keep()
        return {
            "offset": self.lines.size,
            "unwritten": b"".join(self.lines.waiting).decode(),
            "seconds": self.total(self.seconds, self.clock.seconds),
            "device": self.total(self.device, self.clock.device),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        assert self.lines is not None
        self.waiting = []  # rows of what a run goes back behind
        self.lines.go_on_at(state["offset"], state.get("unwritten", "").encode())
        self.seconds = state["seconds"]
        self.device = state.get("device", {})  # a file from before devices told the time


def skipped_files(run: Run) -> dict[str, Any]:
    """Return what the dataset left out because it cannot be read: how much, and the first few by name."""
    names = run.facts.get("data", {}).get("skipped", [])
    return {"skipped_samples": len(names), "skipped": names[:20]} if names else {}


def rounded(seconds: dict[str, float]) -> dict[str, float]:
    """Return seconds to the millisecond."""
    return {name: round(value, 3) for name, value in seconds.items()}
