"""One run of a store, and what is known of what it has: each thing is sent once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from runner.tracking.points import Point

BATCH = 1000
"""Metrics in one request, as many as a server takes; of tags and parameters it takes ``BATCH // 10``."""
VALUE_LIMIT = 6000
"""Characters that MLflow keeps of a parameter."""


class Entry:
    """A run of a store. Whatever the store's absence raises comes through: see ``store.reaching``.

    Args:
        client: Of the store.
        run: As the client gives it.
    """

    def __init__(self, client: Any, run: Any) -> None:
        self.client = client
        self.run_id, self.experiment_id, self.status = run.info.run_id, run.info.experiment_id, run.info.status
        self.tags, self.params = dict(run.data.tags), dict(run.data.params)
        self.sent: set[tuple[str, int]] = set()
        self.nonfinite: dict[str, str] = {}
        self.recall(run.data.metrics)

    def recall(self, keys: Iterable[str]) -> None:
        """Ask which points of these metrics are there."""
        for key in keys:
            self.sent |= {(key, metric.step) for metric in self.client.get_metric_history(self.run_id, key)}

    def set_params(self, params: Mapping[str, str]) -> None:
        """Set parameters. One never changes in MLflow, but a resumed run's may: what it is now becomes a tag."""
        from mlflow.entities import Param

        short = {key: value[:VALUE_LIMIT] for key, value in params.items()}
        new = [Param(key, value) for key, value in short.items() if key not in self.params]
        for at in range(0, len(new), BATCH // 10):
            self.client.log_batch(self.run_id, params=new[at : at + BATCH // 10])
        self.params |= {param.key: param.value for param in new}
        self.set_tags({f"param.{key}": value for key, value in short.items() if self.params[key] != value})

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set those tags that differ from what the store has."""
        from mlflow.entities import RunTag

        new = {key: value[:VALUE_LIMIT] for key, value in tags.items()}
        new = {key: value for key, value in new.items() if self.tags.get(key) != value}
        items = [RunTag(key, value) for key, value in new.items()]
        for at in range(0, len(items), BATCH // 10):
            self.client.log_batch(self.run_id, tags=items[at : at + BATCH // 10])
        self.tags |= new

    def send(self, points: Iterable[Point]) -> int:
        """Send points that the store does not have, with their own times; return how many those were."""
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
            self.set_tags({"nonfinite": "; ".join(self.nonfinite.values())})
        return len(new)

    def send_files(self, paths: Iterable[Path], folder: str | None = None) -> None:
        """Send those files that are there, in place of what the store has under their names."""
        for path in paths:
            if path.exists():
                self.client.log_artifact(self.run_id, str(path), folder)

    def reopen(self) -> None:
        """Let the run be one that goes on."""
        if self.status != "RUNNING":
            self.client.update_run(self.run_id, "RUNNING")
            self.status = "RUNNING"

    def close(self, status: str, ended: int) -> None:
        """End the run: FINISHED, FAILED or KILLED, at a time in milliseconds."""
        self.client.set_terminated(self.run_id, status, ended)
        self.status = status
