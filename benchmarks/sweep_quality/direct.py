"""Optuna's samplers used directly, with their defaults, as its own users do."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optuna.exceptions import ExperimentalWarning
from optuna.samplers import CmaEsSampler, GPSampler, QMCSampler, RandomSampler, TPESampler

from benchmarks.sweep_quality.search import Proposer
from benchmarks.sweep_quality.searcher import Searcher
from benchmarks.sweep_quality.surface import Axis, Value
from benchmarks.sweep_quality.task import Task

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler
    from optuna.study import Study
    from optuna.trial import Trial


@dataclass
class Direct:
    """One sampler for the whole search, and suggestions in the order of the axes."""

    sampler: BaseSampler
    axes: tuple[Axis, ...]

    def begin(self, study: Study, trials: int) -> None:
        study.sampler = self.sampler

    def ask(self, study: Study) -> tuple[Trial, Mapping[str, Value]]:
        trial = study.ask()
        return trial, {axis.key: suggest(trial, axis) for axis in self.axes}


def suggest(trial: Trial, axis: Axis) -> Value:
    """Ask for a value of an axis."""
    if axis.words:
        return str(trial.suggest_categorical(axis.key, [str(word) for word in axis.points]))
    if axis.whole:
        return trial.suggest_int(axis.key, int(axis.points[0]), int(axis.points[-1]), log=axis.log)
    return trial.suggest_float(axis.key, float(axis.points[0]), float(axis.points[-1]), log=axis.log)


def direct(name: str, sampler: Callable[..., BaseSampler], dear: bool = False) -> Searcher:
    """Return one of Optuna's samplers as a searcher."""

    def propose(task: Task, trials: int, seed: int) -> Proposer:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return Direct(sampler(seed=seed), task.axes)

    return Searcher(f"Optuna {name}", propose, dear=dear)


RANDOM = direct("random", RandomSampler)
QMC = direct("QMC", QMCSampler)
TPE = direct("TPE", TPESampler)
CMAES = direct("CMA-ES", CmaEsSampler)
GP = direct("GP", GPSampler, dear=True)
PEERS = (RANDOM, QMC, TPE, CMAES, GP)
