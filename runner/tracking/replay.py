"""Copying a run folder into MLflow: as often as you like, and each thing arrives once."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runner.folder import is_live, read_json, write_json
from runner.secret import mask_url
from runner.tracking import describe, store
from runner.tracking.points import Point, Points

BATCH = 1000
"""Metrics in one request, as many as a server takes; of tags and parameters it takes ``BATCH // 10``."""
DESCRIBING = ("config.yaml", "overrides.yaml", "environment.json")
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
    """

    def __init__(self, folder: Path, uri: str, experiment: str, log_model: bool = True) -> None:
        self.folder, self.uri, self.experiment, self.log_model = folder.resolve(), uri, experiment, log_model
        self.run_id = ""
        self.forget()

    def forget(self) -> None:
        """Ask the store again next time what it has."""
        self.client: Any = None
        self.points = Points(self.folder / "metrics.jsonl")
        self.waiting: list[Point] = []
        self.sent: set[tuple[str, int]] = set()
        self.nonfinite: dict[str, str] = {}
        self.described: list[int] = []

    def push(self, extra: Iterable[Point] = ()) -> int:
        """Send what is new, and points that are not in the folder; return how many points that were."""
        try:
            with store.reaching(self.uri):
                if self.client is None:
                    self.open()
                self.describe()
                return self.send([*self.points.new(), *extra])
        except store.Unreachable:
            self.forget()
            raise

    def finish(self, complete: bool = True) -> None:
        """Send what is new, the files, the model and the outcome, and close the MLflow run.

        Args:
            complete: Whether nothing is left for ``runner sync``; False if the model was put off.
        """
        self.push()
        summary = read_json(self.folder / "summary.json")
        best = self.folder / "checkpoints" / "best.pt"
        try:
            with store.reaching(self.uri):
                for name in CLOSING:
                    if (self.folder / name).exists():
                        self.client.log_artifact(self.run_id, str(self.folder / name))
                if best.exists():
                    self.send_best(best)
                keys = ("status", "objective", "value", "reason", "config_hash")
                outcome = {key: str(summary[key]) for key in keys if summary.get(key) not in (None, "")}
                self.tag({"status": "killed", **outcome})
                self.client.set_terminated(self.run_id, describe.status(self.folder), describe.times(self.folder)[1])
        except store.Unreachable:
            self.forget()
            raise
        self.note(complete=complete, closed=True)
        if latest := read_json(self.folder / "summary.json"):  # read again: sending takes long, the run may add to it
            write_json(self.folder / "summary.json", {**latest, "mlflow_run_id": self.run_id})

    def open(self) -> None:
        """Find the run in the store, or create it, and learn what it has."""
        self.client, self.experiment_id = store.connect(self.uri, self.experiment)
        run = self.find()
        if run is None:
            start, tags = describe.times(self.folder)[0], describe.tags(self.folder)
            run = self.client.create_run(self.experiment_id, start, tags, tags["mlflow.runName"])
        elif run.info.status != "RUNNING" and is_live(self.folder):
            self.client.update_run(run.info.run_id, "RUNNING")
        self.run_id, self.experiment_id = run.info.run_id, run.info.experiment_id
        self.tags, self.params = dict(run.data.tags), dict(run.data.params)
        for key in run.data.metrics:
            self.sent |= {(key, metric.step) for metric in self.client.get_metric_history(self.run_id, key)}
        if run.info.status == "RUNNING" or is_live(self.folder):
            self.note(complete=False)

    def find(self) -> Any:
        """Return the run that ``tracking.json`` names, else one with our tags: an answer may have been lost."""
        from mlflow.exceptions import MlflowException

        known = read_json(self.folder / "tracking.json")
        if known.get("run_id") and known.get("uri") == mask_url(self.uri):
            try:
                run = self.client.get_run(known["run_id"])
            except MlflowException as error:
                if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                    raise
            else:
                if run.info.lifecycle_stage == "active":
                    return run
        tags = describe.identity(self.folder).items()
        words = (f"tags.`{key}` = " + (f'"{value}"' if "'" in value else f"'{value}'") for key, value in tags)
        found = self.client.search_runs([self.experiment_id], " and ".join(words), max_results=1)
        return found[0] if found else None

    def describe(self) -> None:
        """Send configuration, environment and dataset, again if their files have changed."""
        from mlflow.entities import Dataset, DatasetInput, InputTag, Param

        files = [path for name in DESCRIBING if (path := self.folder / name).exists()]
        if (state := [path.stat().st_mtime_ns for path in files]) == self.described:
            return
        params = describe.params(self.folder)
        new = [Param(key, value) for key, value in params.items() if key not in self.params]
        for at in range(0, len(new), BATCH // 10):
            self.client.log_batch(self.run_id, params=new[at : at + BATCH // 10])
        self.params |= {param.key: param.value for param in new}
        # a parameter never changes in MLflow; a resumed run's may: more epochs, say
        changed = {f"param.{key}": value for key, value in params.items() if self.params[key] != value}
        self.tag({**describe.tags(self.folder), **changed})
        if fields := describe.dataset(self.folder):
            used = DatasetInput(Dataset(**fields), [InputTag("mlflow.data.context", "train")])
            self.client.log_inputs(self.run_id, [used])
        for path in files:
            self.client.log_artifact(self.run_id, str(path))
        self.described = state

    def send(self, points: Iterable[Point]) -> int:
        """Send points that the store does not have, with their own times."""
        from mlflow.entities import Metric

        new: list[Metric] = []
        for point in points:
            if not math.isfinite(point.value):  # MLflow stores inf as 1.8e308
                self.nonfinite.setdefault(point.key, f"{point.key}={point.value} at step {point.step}")
            if (point.key, point.step) not in self.sent:
                self.sent.add((point.key, point.step))
                new.append(Metric(point.key, point.value, int(point.time * 1000), point.step))
        for at in range(0, len(new), BATCH):
            self.client.log_batch(self.run_id, metrics=new[at : at + BATCH])
        if self.nonfinite:
            self.tag({"nonfinite": "; ".join(self.nonfinite.values())})
        return len(new)

    def send_best(self, best: Path) -> None:
        """Send the best weights, and the model, unless the store has just these."""
        with open(best, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if self.tags.get("runner.best") != digest:
            self.client.log_artifact(self.run_id, str(best), "checkpoints")
            self.tag({"runner.best": digest})
        if self.log_model and self.tags.get("runner.model") != digest:
            from runner.tracking.model import log_best

            self.tag({"runner.model": digest if log_best(self.folder, self.client, self.run_id) else "none"})

    def tag(self, tags: dict[str, str]) -> None:
        """Set those tags that differ from what the store has."""
        from mlflow.entities import RunTag

        new = {key: value[: describe.VALUE_LIMIT] for key, value in tags.items()}
        new = {key: value for key, value in new.items() if self.tags.get(key) != value}
        items = [RunTag(key, value) for key, value in new.items()]
        for at in range(0, len(items), BATCH // 10):
            self.client.log_batch(self.run_id, tags=items[at : at + BATCH // 10])
        self.tags |= new

    def note(self, complete: bool, closed: bool = False) -> None:
        """Write down where the run is tracked, and whether all of it is there."""
        values = {
            "uri": mask_url(self.uri),
            "experiment": self.experiment,
            "experiment_id": self.experiment_id,
            "run_id": self.run_id,
            "complete": complete,
            "closed": closed,
        }
        write_json(self.folder / "tracking.json", values)
