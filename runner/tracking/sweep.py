"""Copying a sweep's folder into MLflow: one parent run, and its trials' runs as children."""

from __future__ import annotations

import csv
import logging
import platform
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from runner.durable import read_json
from runner.folder import is_live
from runner.secret import mask_url
from runner.tracking import store
from runner.tracking.entry import Entry
from runner.tracking.outcome import Trial, best, progress
from runner.tracking.parent import Parent
from runner.tracking.plan import Plan, read_plan, runs
from runner.tracking.points import Point
from runner.tracking.runs import Runs

log = logging.getLogger(__name__)
LINGERING = 15.0
"""Seconds that a trial's lock may outlive the sweep: loader processes hold it until they notice."""
SHARED_TICK = 10.0
"""Seconds between two messages to a parent that other machines write to as well: each asks first what is there."""


class SweepReplay:
    """One sweep's folder and one store; like ``Replay``, which it uses for each trial.

    A trial that has ended is sent once, and then only looked at (three file times): the store is not asked again.
    The weights, and the model, are sent of the best trial alone.

    Args:
        folder: The sweep's folder.
        uri: The store.
        experiment: The experiment's name in the store.
        log_model: Also log the best trial's model.
        live: The sweep goes on: its own process has started this one.
    """

    def __init__(self, folder: Path, uri: str, experiment: str, log_model: bool = True, live: bool = False) -> None:
        self.folder, self.uri, self.experiment = folder.resolve(), uri, experiment
        self.log_model, self.live = log_model, live
        self.connection = store.Connection(uri, experiment)
        self.parent = Parent(self.folder, self.connection)
        self.runs = Runs(self.folder, self.connection)
        self.planned: tuple[int, Plan] | None = None
        self.ended = 0  # trials that the parent was told of
        self.best: Trial | None = None
        self.told: tuple[tuple[int, int], float] = ((-1, 0), 0.0)  # as of which state, and when
        self.end = ""
        """What became of the sweep, if its process has said so."""
        self.stop: Callable[[], bool] = lambda: False
        """Whether there is something more urgent."""

    def ready(self) -> bool:
        """Tell whether there is something to send."""
        return (self.folder / "sweep.yaml").exists()

    def held(self) -> bool:
        """Tell whether somebody still works on the sweep."""
        return is_live(self.folder) or self.runs.live()

    def forget(self) -> None:
        """Ask the store again next time what it has."""
        self.connection.forget()
        self.parent.entry = None
        self.runs.forget()
        self.best, self.told = None, ((-1, 0), 0.0)

    def plan(self) -> Plan:
        """Return what is searched."""
        path = self.folder / "sweep.yaml"
        written = path.stat().st_mtime_ns if path.exists() else 0
        if self.planned is None or self.planned[0] != written:
            self.planned = written, read_plan(self.folder)
        return self.planned[1]

    def open(self) -> Entry:
        """Find the parent in the store, or create it; all trials are sent again if it is not the one they had."""
        entry = self.parent.open(self.live or is_live(self.folder))
        if self.parent.new:
            self.runs.done.clear()
        return entry

    def push(self, extra: Iterable[Point] = ()) -> int:
        """Send what is new of the sweep and of all its trials; return how many points that were."""
        return self.send(extra, last=False)

    def send(self, extra: Iterable[Point], last: bool) -> int:
        """Send what is new.

        Args:
            extra: Points that are not in the folder; of the sweep.
            last: Close every trial that nobody works on.
        """
        try:
            with store.reaching(self.uri):
                plan = self.plan()
                entry = self.parent.entry or self.open()
                self.parent.describe(plan)
                sent = entry.send(extra)
            for folder in runs(self.folder):
                if self.stop():
                    return sent
                sent += self.runs.look(folder, plan, last, anew=self.parent.new)
            with store.reaching(self.uri):
                return sent + self.tell(plan, last)
        except store.Unreachable:
            self.forget()
            raise

    def tell(self, plan: Plan, last: bool) -> int:
        """Tell the parent how far the sweep has come, and mark its best trial; return how many points were sent."""
        state, now = self.runs.outcomes.state(), time.monotonic()
        if not last and state == self.told[0]:
            return 0
        shared = self.parent.shared()
        if not last and shared and now - self.told[1] < SHARED_TICK:
            return 0
        trials = self.runs.outcomes.trials(plan)
        found, entry = best(trials, plan), self.parent.entry
        assert entry is not None
        points = progress(trials, plan)
        if shared:
            entry.recall({point.key for point in points})
        sent = entry.send(points)
        if found is not None and (last or found != self.best) and (run_id := self.run_of(found)):
            self.parent.mark(run_id, found, plan, {trial.number for trial in trials})
        self.ended, self.best, self.told = len(trials), found, (state, now)
        return sent

    def run_of(self, trial: Trial) -> str:
        """Return the run of a trial, which may be another machine's, or an empty text if the store has none."""
        noted = read_json(self.folder / "trials" / str(trial.number) / "tracking.json")
        if noted.get("uri") == mask_url(self.uri) and noted.get("run_id"):
            return str(noted["run_id"])
        client, experiment_id = self.connection()
        named = {"mlflow.parentRunId": self.parent.run_id, "runner.id": f"{self.folder.name}/trials/{trial.number}"}
        found = client.search_runs([experiment_id], store.matching(named), max_results=1)
        return str(found[0].info.run_id) if found else ""

    def finish(self, complete: bool = True) -> None:
        """Send everything, and close the trials that nobody works on; and the sweep, unless one of them goes on.

        Args:
            complete: Also send the best trial's weights and model, for which ``runner sync`` is left otherwise.
        """
        self.send((), last=True)
        until = time.monotonic() + LINGERING
        while self.runs.live() and not self.stop() and time.monotonic() < until:
            time.sleep(0.1)
        if self.runs.open:
            self.send((), last=True)
        if self.stop():
            return
        try:
            with store.reaching(self.uri):
                plan = self.plan()
                if self.parent.settle(self.parent.key()):
                    self.adopt()
                    self.parent.describe(plan)
                    self.tell(plan, last=True)
                status = self.end or self.outcome(plan)
                if not self.elsewhere():
                    self.parent.close(status)
            folder = self.folder / "trials" / str(self.best.number) if self.best else None
            weights = folder is not None and (folder / "checkpoints" / "best.pt").exists()
            self.parent.note(complete=not weights, closed=not self.runs.open, status=status)
            if complete and weights and folder is not None:
                replay = self.runs.replay(folder, weights=True, log_model=self.log_model)
                replay.finish()
                self.runs.close(folder, replay.seen, plan)
                self.parent.note(complete=True, closed=not self.runs.open, status=status)
        except store.Unreachable:
            self.forget()
            raise

    def adopt(self) -> None:
        """Let all trials be children of the run that the sweep has now."""
        client, _ = self.connection()
        for folder in runs(self.folder):
            if run_id := read_json(folder / "tracking.json").get("run_id"):
                client.set_tag(run_id, "mlflow.parentRunId", self.parent.run_id)

    def elsewhere(self) -> bool:
        """Tell whether trials go on, here or on another machine; close what nobody here works on or knows of."""
        goes_on = bool(self.runs.open)
        client, _ = self.connection()
        for run in self.parent.running():
            folder = Path(run.data.tags.get("runner.folder", ""))
            here = run.data.tags.get("runner.host") == platform.node() and folder.is_relative_to(self.folder)
            if here and not is_live(folder):
                client.set_tag(run.info.run_id, "status", "killed")
                client.set_terminated(run.info.run_id, "KILLED")
            else:
                goes_on = True
        return goes_on

    def outcome(self, plan: Plan) -> str:
        """Return what became of a sweep whose process has not said it."""
        path = self.folder / "results.csv"
        if path.exists():
            with open(path, encoding="utf-8", newline="") as file:
                states = [row["state"] for row in csv.DictReader(file)]
            if states and not {"WAITING", "RUNNING"} & set(states) and self.ended >= max(plan.trials or 0, len(states)):
                return "finished"
        elif plan.trials and self.ended >= plan.trials:
            return "finished"
        return str(read_json(self.folder / "tracking.json").get("status") or "killed")
