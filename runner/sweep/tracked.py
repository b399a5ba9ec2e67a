"""Tracking of a whole search with MLflow, fed by one process beside it; see ``runner.tracking``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from runner.durable import read_json, write_json
from runner.secret import mask_url
from runner.tracking.child import Child

TARGET = "runner.callback.mlflow.MLflow"


class Tracked:
    """Has a search's folder replayed into an MLflow store while the search goes on: one run, its trials as children.

    The trials themselves start nothing. Without MLflow, or with ``~callback.mlflow``, nothing happens here either.

    Args:
        folder: The search's folder, which this process holds; ``sweep.yaml`` is there already.
        node: ``callback.mlflow`` of the configuration, whose values are in force; None: not tracked.
        key: What machines that share the study have in common, and no other study has: they then share the run.
            Empty: the study is of this machine.
        facts: What ``sweep.yaml`` does not say: ``directions`` of the objectives, ``trials``, ``pruner``.
    """

    def __init__(
        self, folder: Path, node: Mapping[str, Any] | None, *, key: str = "", facts: Mapping[str, Any] | None = None
    ) -> None:
        self.folder, self.key, self.facts = folder.resolve(), key, dict(facts or {})
        self.patience = 0.0
        self.child: Child | None = None
        if node is not None and node.get("_target_", TARGET) == TARGET:
            self.patience = float(node.get("patience", 120))
            self.settings: dict[str, Any] = {
                "uri": node.get("uri"),
                "experiment": str(node.get("experiment", "runner")),
                "log_model": bool(node.get("log_model", True)),
                "system_metrics": bool(node.get("system_metrics", False)),
            }
            self.child = Child(self.folder, **self.settings)

    def start(self) -> None:
        """Start the process, and do not wait for it; what it needs to know is noted for ``runner sync`` too."""
        if self.child is None:
            return
        path = self.folder / "tracking.json"
        uri = self.settings["uri"]
        noted = read_json(path) or {"complete": False, "closed": True}
        noted |= {"settings": {**self.settings, "uri": uri and mask_url(str(uri))}, "facts": self.facts}
        noted |= {"key": self.key, "shared": True} if self.key else {}
        write_json(path, noted)
        if not self.child.start():
            self.child = None

    def finish(
        self, status: str = "finished", patience: float | None = None, urgent: Callable[[], bool] = lambda: False
    ) -> None:
        """Let the process send the rest, as long as patience lasts. Call it when the results are written.

        Args:
            status: What became of the search: finished, stopped (its budget is used up), interrupted or failed.
            patience: Seconds to wait; None: as ``callback.mlflow.patience`` says.
            urgent: Whether to leave at once, and the process alone with it: another signal has come, say.
        """
        if self.child is not None:
            self.child.finish(
                self.patience if patience is None else patience, status, urgent, partial(print, flush=True)
            )
            self.child = None
