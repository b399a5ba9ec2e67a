"""Copying a run folder into MLflow: as often as you like, and each thing arrives once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runner import notes
from runner.durable import read_json, sha256, write_json
from runner.folder import identity, is_live
from runner.secret import mask_url
from runner.tracking import describe, store
from runner.tracking.entry import Entry
from runner.tracking.points import Point, Points

DESCRIBING = ("config.yaml", "overrides.yaml", "environment.json", notes.FILE)
CLOSING = ("summary.json", "log.txt")


class Replay:
    """One run folder and one store.

    ``push`` sends what is new and ``finish`` the rest and the outcome; both raise ``Unreachable`` and may be repeated.
    What a store already has is asked when it is first reached, and again after each failure: a request without an
    answer may have arrived.

    Args:
        folder: The run's folder.
        uri: The store.
        experiment: The experiment's name in the store.
        log_model: Also log the best model, loadable by ``mlflow.pytorch``.
        weights: Also send ``checkpoints/best.pt``; without it there is no model either.
        connection: To the store, if there is one that others use too.
    """

    def __init__(
        self,
        folder: Path,
        uri: str,
        experiment: str,
        log_model: bool = True,
        weights: bool = True,
        connection: store.Connection | None = None,
    ) -> None:
        self.folder, self.uri, self.experiment = folder.resolve(), uri, experiment
        self.log_model, self.weights = log_model, weights
        self.connection = connection or store.Connection(uri, experiment)
        self.run_id = ""
        self.seen: list[int] = []  # what the folder was like when all of it had been sent
        self.forget()

    def forget(self) -> None:
        """Ask the store again next time what it has."""
        self.connection.forget()
        self.entry: Entry | None = None
        self.points = Points(self.folder / "metrics.jsonl")
        self.described: list[int] = []

    def ready(self) -> bool:
        """Tell whether the run has come so far that there is something to send."""
        return (self.folder / "environment.json").exists()

    def held(self) -> bool:
        """Tell whether somebody still works on the run."""
        return is_live(self.folder)

    def push(self, extra: Iterable[Point] = ()) -> int:
        """Send what is new, and points that are not in the folder; return how many points that were."""
        try:
            with store.reaching(self.uri):
                entry = self.entry or self.open()
                self.describe(entry)
                return entry.send([*self.points.new(), *extra])
        except store.Unreachable:
            self.forget()
            raise

    def finish(self, complete: bool = True, end: str = "killed") -> None:
        """Send what is new, the files, the model and the outcome, and close the MLflow run.

        Args:
            complete: Whether nothing is left for ``runner sync``; False if the model was put off.
            end: What became of a run that does not say so itself.
        """
        self.push()
        summary = read_json(self.folder / "summary.json")
        try:
            with store.reaching(self.uri):
                assert self.entry is not None
                self.entry.send_files(self.folder / name for name in CLOSING)
                if self.weights and (best := self.folder / "checkpoints" / "best.pt").exists():
                    self.send_best(self.entry, best)
                keys = ("status", "objective", "value", "reason", "config_hash")
                outcome = {key: str(summary[key]) for key in keys if summary.get(key) not in (None, "")}
                self.entry.set_tags({"status": end, **outcome})
                self.entry.close(describe.status(self.folder, end), describe.times(self.folder)[1])
        except store.Unreachable:
            self.forget()
            raise
        latest = read_json(self.folder / "summary.json")  # again: sending takes long, the run may add to it
        if latest and latest.get("mlflow_run_id") != self.run_id:
            write_json(self.folder / "summary.json", {**latest, "mlflow_run_id": self.run_id})
        self.seen = describe.seen(self.folder) if latest == summary else []
        self.note(complete=complete, closed=True)

    def open(self) -> Entry:
        """Find the run in the store, or create it, and learn what it has."""
        client, self.experiment_id = self.connection()
        run = self.find(client)
        if run is None:
            start, tags = describe.times(self.folder)[0], self.tags()
            run = client.create_run(self.experiment_id, start, tags, tags["mlflow.runName"])
        self.entry = Entry(client, run)
        self.run_id, self.experiment_id = self.entry.run_id, self.entry.experiment_id
        live = is_live(self.folder)
        if live:
            self.entry.reopen()
        if live or self.entry.status == "RUNNING":
            self.note(complete=False)
        return self.entry

    def find(self, client: Any) -> Any:
        """Return the run that ``tracking.json`` names, else one with our tags: an answer may have been lost."""
        if run := store.known(client, self.folder, self.uri):
            return run
        # a trial that began on another machine goes on here: the sweep has one of that name, wherever it was
        parent = self.parent()
        tags = {**parent, "runner.id": identity(self.folder)} if parent else describe.identity(self.folder)
        found = client.search_runs([self.experiment_id], store.matching(tags), max_results=1)
        return found[0] if found else None

    def parent(self) -> dict[str, str]:
        """Return the tag by which a trial belongs to its sweep's run in the same store, if that has one."""
        sweep = describe.sweep_of(self.folder)
        known = read_json(sweep / "tracking.json") if sweep else {}
        there = known.get("run_id") and known.get("uri") == mask_url(self.uri)
        return {"mlflow.parentRunId": str(known["run_id"])} if there else {}

    def tags(self) -> dict[str, str]:
        """Return what to tag the run with, apart from its outcome."""
        return {**describe.tags(self.folder), **self.parent()}

    def describe(self, entry: Entry) -> None:
        """Send configuration, environment and dataset, again if their files have changed."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        files = [path for name in DESCRIBING if (path := self.folder / name).exists()]
        if (state := [path.stat().st_mtime_ns for path in files]) == self.described:
            return
        entry.set_params(describe.params(self.folder))
        entry.set_tags(self.tags())
        if fields := describe.dataset(self.folder):
            used = DatasetInput(Dataset(**fields), [InputTag("mlflow.data.context", "train")])
            entry.client.log_inputs(self.run_id, [used])
        entry.send_files(files)
        self.described = state

    def send_best(self, entry: Entry, best: Path) -> None:
        """Send the best weights, and the model, unless the store has just these."""
        digest = sha256(best)
        if entry.tags.get("runner.weights") != digest:
            entry.send_files([best], "checkpoints")
            entry.set_tags({"runner.weights": digest})
        if self.log_model and entry.tags.get("runner.model") != digest:
            from runner.tracking.model import log_best

            entry.set_tags({"runner.model": digest if log_best(self.folder, entry.client, self.run_id) else "none"})

    def note(self, complete: bool, closed: bool = False) -> None:
        """Write down where the run is tracked, whether all of it is there, and how its folder was then."""
        values = {
            "uri": mask_url(self.uri),
            "experiment": self.experiment,
            "experiment_id": self.experiment_id,
            "run_id": self.run_id,
            "complete": complete,
            "closed": closed,
        }
        write_json(self.folder / "tracking.json", values | ({"seen": self.seen} if closed else {}))
