"""What a sweep's folder says about what is searched, in the words of a tracking store. Reads files alone."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NamedTuple

from runner.durable import read_json
from runner.recorded import flat
from runner.tracking.describe import identity, text
from runner.tracking.points import plain
from runner.trust.document import read_yaml

SHOWN = ("sampler", "pruner", "trials", "seed", "seeds", "objectives", "directions", "space")
"""What of a sweep's description is worth a parameter."""


class Plan(NamedTuple):
    """What is searched.

    Attributes:
        objectives: Names of the metrics; the first one decides which trial is the best.
        maximize: Whether more of the first one is better.
        seeds: Runs of which a trial consists.
        trials: How many trials there are to be; None: not known.
        facts: All that was said.
    """

    objectives: list[str]
    maximize: bool
    seeds: int
    trials: int | None
    facts: dict[str, Any]


def read_plan(folder: Path) -> Plan:
    """Return what ``sweep.yaml`` says, and before it what the sweep's process told ``tracking.json``."""
    path = folder / "sweep.yaml"
    loaded = read_yaml(path)[0] if path.exists() else {}
    written = loaded if isinstance(loaded, dict) else {}
    facts = {**(written.get("identity") or {}), **written, **(read_json(folder / "tracking.json").get("facts") or {})}
    named = facts.get("objectives") or facts.get("objective") or ["value"]
    directions = facts.get("directions") or facts.get("direction") or ["maximize"]
    trials = facts.get("trials")
    return Plan(
        objectives=listed(named),
        maximize=listed(directions)[0].startswith("max"),
        seeds=int(facts.get("seeds") or 1),
        trials=None if trials is None else int(trials),
        facts=facts,
    )


def listed(value: Any) -> list[str]:
    """Return one name or several as several; of a mapping its values."""
    if isinstance(value, dict):
        return [str(item) for item in value.values()]
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def params(plan: Plan) -> dict[str, str]:
    """Return the sweep's description as dotted names and texts."""
    chosen = {key: plan.facts[key] for key in SHOWN if plan.facts.get(key) is not None}
    # keys of a space may be several: the names of paired ones
    return {plain(name): text(value) for name, value in flat(chosen).items()}


def tags(folder: Path) -> dict[str, str]:
    """Return what to tag a sweep's run with, apart from its outcome."""
    return {
        **identity(folder),
        "runner.kind": "sweep",
        "runner.sweep": folder.name,
        "mlflow.runName": folder.name,
        "mlflow.source.name": "runner",
        "mlflow.source.type": "LOCAL",
    }


def runs(folder: Path) -> list[Path]:
    """Return the run folders of a sweep's trials, by number."""
    try:
        names = os.listdir(folder / "trials")
    except FileNotFoundError:
        return []
    named = sorted((name for name in names if re.fullmatch(r"\d+(-seed\d+)?", name)), key=order)
    return [folder / "trials" / name for name in named]


def order(name: str) -> tuple[int, int]:
    """Return the number of a run's trial and of its seed: 3 and -1 for ``3``, 3 and 2 for ``3-seed2``."""
    number, _, seed = name.partition("-seed")
    return int(number), int(seed or -1)
