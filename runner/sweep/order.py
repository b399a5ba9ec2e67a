"""What a worker is told when it starts: which search, how a trial of it becomes a training, and who it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from runner.command import Command
from runner.sweep.composer import Composed
from runner.sweep.place import Place
from runner.sweep.settings import Settings
from runner.sweep.space import Space

if TYPE_CHECKING:
    from optuna.trial import Trial

TASK = "runner.sweep.trial.train_trial"

FAILED = 5
"""Exit code of a worker: a trial failed, and the search is to end with the first that does."""
SPOILT = 6
"""Exit code of a worker: what it has done it could do, but only another process can go on: its GPU is in disorder."""
BROKEN = 70
"""Exit code of a worker: no trial could be claimed, or none be proposed; what was wrong is in the log."""


@dataclass(frozen=True)
class Work:
    """What one trial is.

    Attributes:
        overrides: That make it different from the others: ``key=value``.
        run: Its folder, relative to the search's.
        seeds: How many trainings it consists of: one with the configuration's seed, others with the seeds after that.
    """

    overrides: list[str]
    run: str
    seeds: int = 1


class Stage(Protocol):
    """One of the studies of a search: what its trials are."""

    def work(self, trial: Trial) -> Work:
        """Settle the parameters of a trial that was just claimed."""


@dataclass(frozen=True)
class Searching:
    """The search itself: every trial is a point of the space, proposed by a sampler or by a design."""

    space: Space
    seeds: int = 1

    def work(self, trial: Trial) -> Work:
        """Settle where a trial is."""
        values = self.space.suggest(trial)
        return Work(self.space.overrides(values), f"trials/{trial.number}", self.seeds)


@dataclass(frozen=True)
class Order:
    """A worker's order. It comes as a pickle, from the same program on the same machine.

    Attributes:
        command: The words of the user, from which configurations are composed.
        place: Where the study is.
        stage: From trials to trainings.
        settings: Of the search.
        objectives: Names of the metrics.
        total: Trials up to which new ones are proposed; 0 where all of them are enqueued.
        owner: This worker's name, which no other one has.
        task: Path of the function that does a trial.
        composed: What the parent has composed and checked, so that nothing changes when a file is edited meanwhile.
    """

    command: Command
    place: Place
    stage: Stage
    settings: Settings
    objectives: list[str] = field(default_factory=list)
    total: int = 0
    owner: str = ""
    task: str = TASK
    composed: Composed = field(default_factory=dict)
