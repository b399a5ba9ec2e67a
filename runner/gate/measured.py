"""What a run measured, by the names that one asks for, and what it could have measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.durable import read_json
from runner.folder import find_any, identity, is_sweep
from runner.history.past import Past
from runner.recorded import LAST, config, describe, named_metrics

COMPLETE = ("finished", "stopped")
"""How a run has to have ended to speak for anything."""

COSTS = {"seconds": "min", "samples_per_second": "max", "params": "min"}
"""What is better of what a run costs."""

COUNTS = ("epochs", "steps", "best_epoch")
"""Of these neither more nor less is better."""


@dataclass(frozen=True)
class Measured:
    """A run, or several as their mean.

    Attributes:
        name: For people.
        status: How it ended; of several, the first that did not end well.
        numbers: What was measured, by name.
        names: What one may ask for: what it measured, and what it would have if it had come that far.
        directions: max or min, for those names of which one is better.
        expect: What its own configuration promises.
        data: sha256 of its data; None if nobody knows.
        commit: Of the code that trained it.
        debug: The preset that has shortened it.
    """

    name: str
    status: str
    numbers: Mapping[str, float]
    names: tuple[str, ...] = ()
    directions: Mapping[str, str] = field(default_factory=dict)
    expect: Mapping[str, str] = field(default_factory=dict)
    data: str | None = None
    commit: str | None = None
    debug: str | None = None


def folder_of(reference: str) -> Path:
    """Return the folder of a run; a sweep is its best trial.

    Raises:
        ValueError: There is none of that name, or no trial of it has finished.
    """
    folder = find_any(reference)
    if not is_sweep(folder):
        return folder
    from runner.sweep.record import read_folder

    best = read_folder(folder).best()
    if best is None:
        raise ValueError(f"no trial of the sweep {folder.name} has finished: it has no best one")
    return folder / best.run


def measured(folder: Path) -> Measured:
    """Return what a run's folder says.

    Raises:
        ValueError: Its configuration cannot be read.
    """
    summary, environment = read_json(folder / "summary.json"), read_json(folder / "environment.json")
    try:
        written = config(folder)
    except Exception as error:  # of YAML, of the file system
        raise ValueError(f"{folder / 'config.yaml'} cannot be read: {str(error).splitlines()[0]}") from None
    task = str((written.get("task") or {}).get("_target_", ""))
    of_task = task_directions(task)
    possible = [f"{part}/{name}" for part in ("test", "valid") for name in of_task] + ["train/loss"]
    numbers = numbers_of(summary, environment)
    last = [f"{LAST}{name}" for name in possible if not name.startswith("test/")]
    names = dict.fromkeys([*possible, *numbers, *last, *COSTS, *COUNTS, "value"])
    directions = {name: of_task[metric] for name in names if (metric := name.rpartition("/")[2]) in of_task}
    objective = str(summary.get("objective") or "").rpartition("/")[2]
    value = {"value": of_task[objective]} if objective in of_task else {}
    seconds = {name: "min" for name in names if name.startswith("seconds/")}
    return Measured(
        name=identity(folder),
        status=describe(folder)["status"],
        numbers=numbers,
        names=tuple(names),
        directions={**directions, **value, **COSTS, **seconds},
        expect={str(key): str(text) for key, text in (written.get("expect") or {}).items()},
        data=(environment.get("data") or {}).get("fingerprint"),
        commit=(environment.get("git") or {}).get("commit"),
        debug=Past(folder).debug,
    )


def numbers_of(summary: Mapping[str, Any], environment: Mapping[str, Any]) -> dict[str, float]:
    """Return every number that a run may be asked for, by its name."""
    seconds = dict(summary.get("seconds") or {})
    found = {
        **named_metrics(summary),
        "seconds": seconds.pop("total", None),
        **{f"seconds/{part}": value for part, value in seconds.items()},
        "samples_per_second": summary.get("samples_per_second"),
        "params": environment.get("parameters"),
        **{name: summary.get(name) for name in (*COUNTS, "value")},
    }
    return {name: float(value) for name, value in found.items() if isinstance(value, int | float)}


def task_directions(target: str) -> dict[str, str]:
    """Return what a task measures and which way is better; of one whose source does not say it, by importing it."""
    from runner.check.metric import directions

    known = directions(target)
    if known is None:
        from runner.check.imported import imported

        try:
            listed = getattr(imported(target), "directions", None)
        except Exception:  # a module that is gone: the run is still what it was
            listed = None
        known = dict(listed) if isinstance(listed, Mapping) else {}
    return {"loss": "min", **known}


def mean(runs: Sequence[Measured]) -> Measured:
    """Return several runs of one task as one: the mean of what all of them measured.

    Raises:
        ValueError: They do not measure the same.
    """
    first = runs[0]
    for other in runs[1:]:
        if other.directions != first.directions:
            raise ValueError(f"{other.name} and {first.name} do not measure the same: they have no mean")
    shared = [name for name in first.numbers if all(name in run.numbers for run in runs)]
    bad = [run.status for run in runs if run.status not in COMPLETE]
    data = {run.data for run in runs}
    return Measured(
        name=f"mean of {len(runs)} runs",
        status=(bad or [first.status])[0],
        numbers={name: sum(run.numbers[name] for run in runs) / len(runs) for name in shared},
        names=first.names,
        directions=first.directions,
        expect=first.expect,
        data=data.pop() if len(data) == 1 else None,
        commit=first.commit,
    )
