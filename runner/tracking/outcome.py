"""What a sweep's folder says about its trials: which have ended, how, and which is the best. Reads files alone."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from runner.durable import read_json
from runner.tracking.plan import Plan, order
from runner.tracking.points import Point, plain

STATES = {
    "finished": "complete",
    "stopped": "complete",
    "pruned": "pruned",
    "infeasible": "infeasible",
    "failed": "failed",
}
"""What a trial is whose run ended with this status; with any other it has not ended."""
ROWS = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}
"""The same for the states of ``results.csv``, which are Optuna's."""
TAIL = 65536
"""Bytes at the end of a record that hold its last row."""


class Run(NamedTuple):
    """How one run of a trial ended."""

    state: str
    value: float | None
    ended: float  # seconds since 1970


class Trial(NamedTuple):
    """A trial that has ended."""

    number: int
    state: str
    value: float | None
    ended: float
    confirmed: float | None = None  # the mean over the seeds with which it was trained again
    seeds: int = 0  # how many those were

    @property
    def counts(self) -> bool:
        """Whether it may be the best."""
        return self.state == "complete" and self.value is not None and math.isfinite(self.value)


class Outcomes:
    """The ended trials of a sweep: those whose folders are here, and those of other machines in ``results.csv``.

    Args:
        folder: The sweep's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs: dict[str, Run] = {}
        self.open: set[str] = set()
        self.version = 0  # another one whenever something has changed

    def note(self, run: Path, objective: str) -> None:
        """Read how a run ended, and what it has of the objective."""
        summary = read_json(run / "summary.json")
        value = summary.get("value")
        if summary.get("objective") not in (None, objective):  # of several it is trained for one
            metrics = summary.get("metrics") or {}
            value = {**metrics.get("best", {}), **metrics.get("final", {})}.get(objective)
        state = STATES.get(str(summary.get("status")), "")
        self.runs[run.name] = Run(state, None if value is None else float(value), last_word(run))
        self.open.discard(run.name)
        self.version += 1

    def forget(self, run: Path) -> None:
        """Take it that a run goes on."""
        if run.name not in self.open:
            self.runs.pop(run.name, None)
            self.open.add(run.name)
            self.version += 1

    def state(self) -> tuple[int, int]:
        """Return what changes whenever the trials do."""
        path = self.folder / "results.csv"
        return self.version, path.stat().st_mtime_ns if path.exists() else 0

    def trials(self, plan: Plan) -> list[Trial]:
        """Return the trials that have ended, in the order in which they did."""
        path = self.folder / "results.csv"
        written = path.stat().st_mtime if path.exists() else 0.0
        rows = {row.number: row for row in read_rows(path, plan, written)} if written else {}
        ours: dict[int, list[str]] = {}
        for name in sorted(self.runs.keys() | self.open, key=order):
            ours.setdefault(order(name)[0], []).append(name)
        found = []
        for number in ours.keys() | rows.keys():
            here = self.local(number, ours.get(number, [])[: plan.seeds], plan.seeds)
            row = rows.get(number)
            if row is not None and (not here or here.ended <= written) and not self.open & set(ours.get(number, [])):
                infeasible = here is not None and here.state == "infeasible"
                state = "infeasible" if infeasible and row.state == "pruned" else row.state
                here = row._replace(state=state, ended=here.ended if here else row.ended)
            if here is not None:
                found.append(here)
        return sorted(found, key=lambda trial: (trial.ended, trial.number))

    def local(self, number: int, names: list[str], seeds: int) -> Trial | None:
        """Return a trial as its runs here say, None if these have not all ended.

        Args:
            number: Of the trial.
            names: Of its runs, one for each seed; those that only confirm are not among them.
            seeds: How many there are to be, unless one of them ends the trial early.
        """
        runs = [self.runs[name] for name in names if name in self.runs]
        states = [run.state for run in runs]
        early = next((state for state in ("failed", "infeasible", "pruned") if state in states), None)
        if not runs or "" in states or (early is None and len(runs) < seeds):
            return None
        values = [run.value for run in runs if run.value is not None]
        whole = len(values) == len(runs)
        return Trial(number, early or "complete", fmean(values) if whole else None, max(run.ended for run in runs))


def last_word(run: Path) -> float:
    """Return when a run said something last: the time of its last row, or of its environment."""
    try:
        with open(run / "metrics.jsonl", "rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL))
            return float(json.loads(file.read().splitlines()[-1])["time"])
    except (OSError, IndexError, ValueError, KeyError, TypeError):
        path = run / "environment.json"
        return (path if path.exists() else run).stat().st_mtime


def read_rows(path: Path, plan: Plan, written: float) -> list[Trial]:
    """Return the ended trials of a table; it does not say when they ended, so that is when it was written."""

    def number(text: str | None) -> float | None:
        return float(text) if text else None

    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    value = "value" if rows and "value" in rows[0] else plan.objectives[0]
    return [
        Trial(
            int(row["number"]),
            # one that was pruned has the value of its last epoch, one that did not fit into memory has none
            "infeasible" if row["state"] == "PRUNED" and not row.get(value) else ROWS[row["state"]],
            number(row.get(value)),
            written,
            number(row.get("confirmed")),
            int(row.get("confirmed_n") or 0),
        )
        for row in rows
        if row["state"] in ROWS
    ]


def best(trials: Iterable[Trial], plan: Plan) -> Trial | None:
    """Return the best trial; those that were confirmed with all their seeds come before others, of equals the first."""
    trials = [trial for trial in trials if trial.counts]

    def place(trial: Trial) -> tuple[bool, float, int]:
        confirmed = trial.confirmed is not None
        value = trial.confirmed if confirmed else trial.value
        assert value is not None
        return (not confirmed, -value if plan.maximize else value, trial.number)

    return min(trials, key=place, default=None)


def progress(trials: list[Trial], plan: Plan) -> list[Point]:
    """Return the best value so far and how many trials there are of each kind; the step is how many have ended."""
    points: list[Point] = []
    counts = dict.fromkeys(STATES.values(), 0)
    found: float | None = None
    for step, trial in enumerate(trials, 1):
        counts[trial.state] += 1
        if trial.counts and trial.value is not None:
            better = max if plan.maximize else min
            found = trial.value if found is None else better(found, trial.value)
        at = (trial.ended, step)
        points += [Point(f"trials/{state}", float(count), *at) for state, count in counts.items()]
        if found is not None:
            points.append(Point(plain(f"best/{plan.objectives[0]}"), found, *at))
    return points
