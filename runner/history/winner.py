"""The best run of each dataset and objective: only what was measured on the same data can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from runner.history.past import Past
from runner.recorded import flat

Way = Literal["min", "max"]

OVER = ("finished", "stopped")
"""How a run has ended that counts: one that was cut off may have been lucky."""
COSTS = ("seconds", "parameters", "steps", "epochs")
"""What is better when it is less, besides what the task says."""


@dataclass(frozen=True)
class Contest:
    """Runs that can be compared.

    Attributes:
        dataset: Its name.
        fingerprint: Of its bytes and of their assignment to the parts.
        metric: What is compared.
        way: Whether more or less is better.
        ranking: The runs, the best first; of equal ones the earlier.
    """

    dataset: str
    fingerprint: str
    metric: str
    way: Way
    ranking: tuple[Past, ...]

    def value(self, run: Past) -> float:
        """Return what is compared."""
        return value_of(run, self.metric)


def value_of(run: Past, metric: str) -> float:
    """Return a run's value of a metric; of its objective, the best one."""
    found = run.described["value"] if metric == run.described["objective"] else run.get(metric)
    return float(found)


def contests(runs: Sequence[Past], metric: str | None = None, way: Way | None = None) -> list[Contest]:
    """Return the runs that are over, in groups that can be compared, by dataset and metric.

    Args:
        runs: Of any kind.
        metric: What to compare; None: the objective of each.
        way: Whether more or less is better; None: as the task says.

    Raises:
        ValueError: Nobody knows whether more or less is better.
    """
    groups: dict[tuple[str, str, str], list[Past]] = {}
    for run in runs:
        name = metric or run.described["objective"]
        known = run.described["value"] if name == run.described["objective"] else run.get(name) if name else None
        if run.described["status"] in OVER and isinstance(known, int | float) and known == known:
            data = run.environment.get("data", {})
            groups.setdefault((str(data.get("name", "?")), str(data.get("fingerprint", "")), str(name)), []).append(run)
    found = []
    for (dataset, fingerprint, name), members in sorted(groups.items()):
        better = way or way_of(members[-1], name)

        def place(run: Past, name: str = name, better: str = better) -> float:
            return value_of(run, name) if better == "min" else -value_of(run, name)

        found.append(Contest(dataset, fingerprint, name, better, tuple(sorted(members, key=place))))
    return found


def narrowing(found: Sequence[Contest]) -> list[list[str]]:
    """Return, for each of several contests, the words that leave this one of them: which data, and which metric."""
    data = {contest.fingerprint for contest in found}
    metrics = {contest.metric for contest in found}
    alike = len({(contest.fingerprint, contest.metric) for contest in found}) < len(found)
    return [
        [
            *(
                [f"data.fingerprint{f'~{seen[:8]}' if (seen := contest.fingerprint) else '=null'}"]
                if len(data) > 1
                else []
            ),
            *([f"data.name={contest.dataset}"] if alike else []),
            *(["--metric", contest.metric] if len(metrics) > 1 else []),
        ]
        for contest in found
    ]


def sources(found: Sequence[Contest]) -> list[str]:
    """Return the data of each of several contests as people know them: the name, and the keys that make it others."""
    asked = [flat(contest.ranking[0].config.get("dataset")) for contest in found]
    keys = [
        key for key in dict.fromkeys(key for one in asked for key in one) if len({str(o.get(key)) for o in asked}) > 1
    ]
    return [
        " ".join([contest.dataset, *(f"dataset.{key}={one[key]}" for key in keys if one.get(key) is not None)])
        for contest, one in zip(found, asked, strict=True)
    ]


def way_of(run: Past, metric: str) -> Way:
    """Return whether more or less of a metric is better.

    Raises:
        ValueError: The task does not say so.
    """
    if metric in COSTS or metric.startswith("seconds."):
        return "min"
    task = run.config.get("task")
    told = _directions(str(task.get("_target_"))) if isinstance(task, dict) else {}
    way = told.get(metric.rpartition("/")[2])
    if way not in ("min", "max"):
        raise ValueError(f"is more or less of {metric} better? Its task does not say: give --max or --min")
    return "min" if way == "min" else "max"


@cache
def _directions(target: str) -> dict[str, str]:
    """Return the directions of a task's metrics, without importing it if that can be."""
    from runner.check.metric import directions

    known = directions(target)
    if known is not None:
        return known
    from runner.check.imported import imported

    try:
        return dict(getattr(imported(target), "directions", {}))
    except Exception:  # whatever a module of the user's raises when it is imported, or is no longer there
        return {}
