"""One trial of a search: a training for each of its seeds, in a process that does one after the other."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any, Literal

from hydra.utils import get_object
from omegaconf import DictConfig

from runner.beside import Beside
from runner.callback.mlflow import MLflow
from runner.callback.progress import Progress
from runner.durable import read_json
from runner.interrupt import Interrupt
from runner.resident import Resident
from runner.sweep.attempt import run_one
from runner.sweep.fresh import is_spoilt
from runner.sweep.judge import Judge

__all__ = ["Judge", "Outcome", "Resident", "train_trial"]


@dataclass
class Outcome:
    """What became of a trial.

    Attributes:
        state: ``INFEASIBLE``: it diverged, or took more memory than there is: it is no mistake of anybody's.
        values: Of each objective, the mean over the seeds; of a complete trial alone.
        seconds: Of all its trainings, over all processes that worked on them.
        epochs: Of all its trainings.
        reason: Why it is not complete.
        per_seed: For each seed that came to its end, the value of each objective.
        spoilt: The GPU can no longer be used by this process, which has to be replaced by another.
    """

    state: Literal["COMPLETE", "PRUNED", "FAIL", "INFEASIBLE"]
    values: list[float] = field(default_factory=list)
    seconds: float = 0.0
    epochs: int = 0
    reason: str = ""
    per_seed: list[list[float]] = field(default_factory=list)
    spoilt: bool = False


def train_trial(
    cfg: DictConfig,
    folder: Path,
    overrides: Sequence[str],
    judge: Judge | None,
    objectives: Sequence[str],
    seeds: Sequence[int],
    resident: Resident | None = None,
    interrupt: Interrupt | None = None,
) -> Outcome:
    """Train a trial for each seed, one after the other, and return the means.

    A run that is over is answered from its record, one that is not goes on from its checkpoint. Each run's record is
    that of ``runner`` alone with the same overrides.

    Args:
        cfg: The composed configuration, already checked, without the nodes ``hydra`` and ``sweep``.
        folder: Of the first seed's run: ``trials/<number>``. Others lie beside it: ``trials/<number>-seed<seed>``.
        overrides: That make it this trial, for the record.
        judge: May stop the first seed's run after an epoch.
        objectives: What is looked for: metrics, "params" (how many numbers the model has) or "seconds".
        seeds: Of the trainings; at least one.
        resident: Data that this process has loaded for other trials.
        interrupt: Notes the signals to this process; None: each run has its own.

    Raises:
        Interrupted: A signal stopped a run, after saving.
    """
    beside = Beside(judge, resident, spoken_for(cfg), interrupt)
    outcome = Outcome("COMPLETE")
    for number, seed in enumerate(seeds):
        name = f"seed {seed}: " if number else ""
        path = folder.with_name(f"{folder.name}-seed{seed}") if number else folder
        own, words = seeded(cfg, overrides, seed)
        summary = run_one(own, path, words, replace(beside, judge=None if number else judge))
        outcome.seconds += summary.get("seconds", {}).get("total", 0.0)
        outcome.epochs += summary.get("epochs", 0)
        outcome.state = STATES.get(summary["status"], "FAIL")
        outcome.reason = "" if outcome.state == "COMPLETE" else name + summary.get("reason", "")
        if outcome.state == "COMPLETE":
            try:
                outcome.per_seed.append([value_of(objective, summary, path) for objective in objectives])
            except ValueError as error:
                outcome.state, outcome.reason = "FAIL", f"{name}{error}"
        if outcome.state != "COMPLETE":
            outcome.spoilt = is_spoilt()
            return outcome
    outcome.values = [sum(values) / len(values) for values in zip(*outcome.per_seed, strict=True)]
    return outcome


STATES: dict[str, Literal["COMPLETE", "PRUNED", "FAIL", "INFEASIBLE"]] = {
    "finished": "COMPLETE",
    "stopped": "COMPLETE",
    "pruned": "PRUNED",
    "infeasible": "INFEASIBLE",
}
"""Of a trial, by the status of a run."""


def spoken_for(cfg: DictConfig) -> tuple[str, ...]:
    """Return the names of the callbacks that one process does for all trials: the terminal, tracking."""
    nodes = {str(name): node for name, node in (cfg.get("callback") or {}).items() if node is not None}
    targets = {name: get_object(node._target_) for name, node in nodes.items()}
    return tuple(n for n, made in targets.items() if isinstance(made, type) and issubclass(made, MLflow | Progress))


def seeded(cfg: DictConfig, overrides: Sequence[str], seed: int) -> tuple[DictConfig, list[str]]:
    """Return a configuration with a seed, and the words for it; what was given stays as it is."""
    if seed == cfg.seed:
        return (copy.deepcopy(cfg) if cfg.batch_size == "auto" else cfg), list(overrides)  # a training finds the size
    own = copy.deepcopy(cfg)
    own.seed = seed
    return own, [*(word for word in overrides if not word.startswith("seed=")), f"seed={seed}"]


def value_of(objective: str, summary: dict[str, Any], folder: Path) -> float:
    """Return what a run came to.

    Args:
        objective: The run's own: the best value. Any other metric: in that best epoch, or in the test after it.
        summary: Of the run.
        folder: Of the run.

    Raises:
        ValueError: There is no such value, or it is no number.
    """
    metrics = {**summary["metrics"]["final"], **summary["metrics"]["best"]}
    costs = {
        "params": read_json(folder / "environment.json").get("parameters"),
        "seconds": summary["seconds"]["total"],
    }
    value = {**costs, **metrics, summary["objective"]: summary["value"]}.get(objective)
    if value is None:
        raise ValueError(f"objective {objective} was not measured: there is {', '.join([*metrics, *costs])}")
    if not isfinite(value):
        raise ValueError(f"objective {objective} is {value}")
    return float(value)
