"""A search over a surface, one trial at a time or with several in flight, with or without pruning."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from benchmarks.sweep_quality.surface import Surface, Value

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.study import Study
    from optuna.trial import Trial


class Proposer(Protocol):
    """What chooses the values of trials."""

    def begin(self, study: Study, trials: int) -> None:
        """Get ready for so many trials."""

    def ask(self, study: Study) -> tuple[Trial, Mapping[str, Value]]:
        """Return the next trial and its values, by the keys of the surface."""


@dataclass(frozen=True)
class History:
    """What a search came to, trial by trial, in the order in which they ended.

    Attributes:
        values: Of trials; None: pruned.
        epochs: That each was trained for.
        cpu: Seconds of CPU of the searcher and of the study, all in all.
    """

    values: list[float | None]
    epochs: list[int]
    cpu: float

    def regrets(self, optimum: float) -> list[float]:
        """Return how much the best so far lacks after each trial; a pruned one is never the best."""
        best, found = float("-inf"), []
        for value in self.values:
            best = best if value is None else max(best, value)
            found.append(optimum - best)
        return found


class Clock:
    """CPU time that is spent inside."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> None:
        self.begun = time.process_time()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.process_time() - self.begun


def search(
    surface: Surface, proposer: Proposer, trials: int, seed: int, flying: int = 1, pruner: BasePruner | None = None
) -> History:
    """Search.

    Args:
        surface: What is searched.
        proposer: Chooses.
        trials: How many; a design may have fewer.
        seed: Of the order in which trials in flight end.
        flying: How many trials are in flight.
        pruner: Looks at a trial after each epoch; with one trial in flight alone.
    """
    from optuna import create_study, logging
    from optuna.pruners import NopPruner
    from optuna.samplers import RandomSampler
    from optuna.trial import TrialState

    logging.set_verbosity(logging.ERROR)
    clock, order = Clock(), random.Random(seed)
    study = create_study(direction="maximize", sampler=RandomSampler(seed), pruner=pruner or NopPruner())
    with clock:
        proposer.begin(study, trials)
        waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
    trials = min(trials, len(waiting)) if waiting else trials
    values: list[float | None] = []
    epochs: list[int] = []
    running: list[tuple[Trial, Mapping[str, Value]]] = []
    for started in range(trials + flying):
        if started < trials:
            with clock:
                running.append(proposer.ask(study))
        if running and (len(running) == flying or started >= trials):
            trial, chosen = running.pop(order.randrange(len(running)))
            curve = surface.curve(chosen).tolist()
            done = surface.epochs
            with clock:
                if pruner is not None:
                    for done, score in enumerate(curve, 1):
                        trial.report(score, done)
                        if done < surface.epochs and trial.should_prune():
                            break
                whole = done == surface.epochs
                study.tell(trial, max(curve) if whole else None, None if whole else TrialState.PRUNED)
            values.append(max(curve) if whole else None)
            epochs.append(done)
    return History(values, epochs, clock.seconds)
