"""The run of a whole sweep in a store, which its trials' runs are children of."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runner.durable import read_json, write_json
from runner.secret import mask_url
from runner.tracking import plan as plans
from runner.tracking import store
from runner.tracking.describe import written
from runner.tracking.entry import Entry
from runner.tracking.outcome import Trial
from runner.tracking.plan import Plan

FILES = ("sweep.yaml", "results.csv", "best.yaml", "report.html")
TERMINAL = {"finished": "FINISHED", "stopped": "FINISHED", "failed": "FAILED"}
"""Status in the store of a sweep that ended so; any other is KILLED."""
KEPT = ("key", "shared", "facts", "settings")
"""What ``tracking.json`` has from the sweep's own process."""


class Parent:
    """A sweep's own run. Whatever the store's absence raises comes through: see ``store.reaching``.

    Machines that share a study share the run too. They find it by a key, the same on all of them; of two that were
    created in the same instant the older one counts, and the other one goes.

    Args:
        folder: The sweep's folder.
        connection: To the store.
    """

    def __init__(self, folder: Path, connection: store.Connection) -> None:
        self.folder, self.connection = folder, connection
        self.entry: Entry | None = None
        self.new = False  # to the trials here: those that were sent earlier are not its children
        self.described = 0

    @property
    def run_id(self) -> str:
        return self.entry.run_id if self.entry else ""

    def open(self, live: bool) -> Entry:
        """Find the run in the store, or create it, and learn what it has.

        Args:
            live: The sweep goes on.
        """
        client, experiment_id = self.connection()
        key = self.key()
        run = store.known(client, self.folder, self.connection.uri)
        self.new = run is None
        run = run or self.oldest(client, experiment_id, key)
        if run is None:
            tags = {**plans.tags(self.folder), "runner.study": key}
            run = client.create_run(experiment_id, begun(self.folder), tags, tags["mlflow.runName"])
        self.entry, self.described = Entry(client, run), 0
        self.new |= self.settle(key)
        if live:
            self.entry.reopen()
        if live or self.entry.status == "RUNNING":
            self.note(complete=False)
        return self.entry

    def key(self) -> str:
        """Return what no other study has; of a sweep of this machine alone it is drawn here."""
        noted = read_json(self.folder / "tracking.json")
        if "key" not in noted:
            noted = {"complete": False, "closed": True, **noted, "key": secrets.token_hex(8)}
            write_json(self.folder / "tracking.json", noted)
        return str(noted["key"])

    @staticmethod
    def oldest(client: Any, experiment_id: str, key: str) -> Any:
        """Return the run that has the key, the oldest if there are several, or None."""
        words = store.matching({"runner.kind": "sweep", "runner.study": key})
        found = client.search_runs([experiment_id], words)
        return min(found, key=lambda run: (run.info.start_time, run.info.run_id), default=None)

    def settle(self, key: str) -> bool:
        """Give up a run of our own if another machine has an older one; tell whether that was so."""
        assert self.entry is not None
        ours = self.entry
        run = self.oldest(ours.client, ours.experiment_id, key)
        if run is None or run.info.run_id == ours.run_id:
            return False
        mine = plans.tags(self.folder)
        if all(ours.tags.get(tag) == mine[tag] for tag in ("runner.host", "runner.folder")):
            ours.client.delete_run(ours.run_id)
        self.entry, self.described = Entry(ours.client, run), 0
        self.note(complete=False)
        return True

    def describe(self, plan: Plan) -> None:
        """Send the description, again if its file has changed."""
        assert self.entry is not None
        path = self.folder / "sweep.yaml"
        if not path.exists() or (state := path.stat().st_mtime_ns) == self.described:
            return
        self.entry.set_params(plans.params(plan))
        self.entry.set_tags(written(self.folder))
        self.entry.send_files([path])
        self.described = state

    def shared(self) -> bool:
        """Tell whether other machines may write to the run as well."""
        return bool(read_json(self.folder / "tracking.json").get("shared"))

    def mark(self, run_id: str, trial: Trial, plan: Plan, known: Iterable[int]) -> None:
        """Let one child be the best, and no other one.

        Args:
            run_id: The child.
            trial: Which it is of.
            plan: Which way is better.
            known: Numbers of the trials among which it is the best: one that another machine has marked, and that is
                not among them, stays if it is better.
        """
        assert self.entry is not None
        worth = trial.value if trial.confirmed is None else trial.confirmed
        assert worth is not None
        from mlflow.entities import RunTag

        client, sign = self.entry.client, 1 if plan.maximize else -1
        chosen, number, value = run_id, str(trial.number), repr(worth)
        words = store.matching({"mlflow.parentRunId": self.run_id, "runner.best": "true"})
        marked = {run.info.run_id: run.data.tags for run in client.search_runs([self.entry.experiment_id], words)}
        for other, tags in marked.items():
            theirs = tags.get("runner.best_value", value)  # it may just be losing its tags
            if int(tags["runner.trial"]) not in known and sign * float(theirs) > sign * float(value):
                chosen, number, value = other, tags["runner.trial"], theirs
        mark = {"runner.best": "true", "runner.best_value": value}
        client.log_batch(chosen, tags=[RunTag(key, text) for key, text in mark.items()])
        for other in marked.keys() - {chosen}:
            for key in mark:
                without(client, other, key)
        about = {"run": chosen, "trial": number, "value": value}  # sent whatever it was: others write it too
        client.log_batch(self.run_id, tags=[RunTag(f"runner.best_{key}", text) for key, text in about.items()])

    def running(self) -> list[Any]:
        """Return the children that are not closed."""
        assert self.entry is not None
        words = store.matching({"mlflow.parentRunId": self.run_id}) + " and attributes.status = 'RUNNING'"
        return list(self.entry.client.search_runs([self.entry.experiment_id], words))

    def close(self, status: str) -> None:
        """Send the results and the outcome, and end the run."""
        assert self.entry is not None
        self.entry.send_files(self.folder / name for name in FILES)
        self.entry.set_tags({"status": status})
        self.entry.close(TERMINAL.get(status, "KILLED"), int(time.time() * 1000))

    def note(self, complete: bool, closed: bool = False, status: str = "") -> None:
        """Write down where the sweep is tracked, and whether all of it is there."""
        noted = read_json(self.folder / "tracking.json")
        values = {
            "uri": mask_url(self.connection.uri),
            "experiment": self.connection.experiment,
            "experiment_id": self.entry.experiment_id if self.entry else "",
            "run_id": self.run_id,
            "complete": complete,
            "closed": closed,
            **({"status": status} if status else {}),
        }
        write_json(self.folder / "tracking.json", {**{k: noted[k] for k in KEPT if k in noted}, **values})


def begun(folder: Path) -> int:
    """Return when a sweep began, in milliseconds: when the oldest of its files was written."""
    files = [*folder.glob("*.yaml"), *folder.glob("trials/*/config.yaml")]
    return int(min((path.stat().st_mtime for path in files), default=time.time()) * 1000)


def without(client: Any, run_id: str, key: str) -> None:
    """Take a tag from a run; another machine may just have done so."""
    from mlflow.exceptions import MlflowException

    try:
        client.delete_tag(run_id, key)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
