"""The trials of a study as they are stored: found, made and moved, with no more reading than is needed."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runner.sweep.outage import LIMIT, patiently
from runner.sweep.place import Place
from runner.sweep.storage import opened
from runner.sweep.study import open_study

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

FRESH = 20
"""For how many times as long as it took to read a database's waiting trials, what was read is gone through."""


class Trials:
    """What a queue does to the storage of a study; who may do it when is the queue's business.

    Args:
        place: Of the sweep.
        limit: For how many seconds to wait for a database.
        give_up: Whether somebody does not want to wait for it any longer.
    """

    def __init__(self, place: Place, limit: float = LIMIT, give_up: Callable[[], object] = lambda: False) -> None:
        self.study = open_study(place, give_up)
        self._store = opened(place.storage)
        self.storage = self._store.storage
        self._id = patiently(lambda: self.storage.get_study_id_from_name(place.study), limit, give_up)
        self._waiting: deque[int] = deque()
        self._stale = -math.inf

    def add(self, points: Iterable[Mapping[str, Any]]) -> int:
        """Let each point wait as a trial that no trial has the parameters of, and return how many those were."""
        there = {_key(_params(trial)) for trial in self.study.get_trials(deepcopy=False)}
        missing = {key: point for point in points if (key := _key(point)) not in there}
        for point in missing.values():
            self.study.enqueue_trial(dict(point))
        self._stale = -math.inf
        return len(missing)

    def create(self, attrs: dict[str, Any]) -> int:
        """Make a waiting trial without parameters, and return its id."""
        from optuna.trial import TrialState, create_trial

        return self.storage.create_new_trial(self._id, create_trial(state=TrialState.WAITING, user_attrs=attrs))

    def running(self) -> list[FrozenTrial]:
        """Return those that run, without reading the others."""
        from optuna.trial import TrialState

        return self._store.database.get_all_trials(self._id, deepcopy=False, states=(TrialState.RUNNING,))

    def first_waiting(self) -> tuple[FrozenTrial | None, int]:
        """Return the first one that waits, or None and how many there are, whatever became of them.

        A journal is in memory. To read what waits in a database takes 0.2 s for 1000 trials: the answer is gone
        through one by one, and asked for again when it has been used up or is old.
        """
        from optuna.trial import TrialState

        if self._store.engine is not None and time.monotonic() <= self._stale and (found := self._next()):
            return found, 0
        start = time.monotonic()
        trials = self.study.get_trials(deepcopy=False)
        self._waiting = deque(trial._trial_id for trial in trials if trial.state == TrialState.WAITING)
        self._stale = time.monotonic() + FRESH * (time.monotonic() - start)
        return self._next(), len(trials)

    def _next(self) -> FrozenTrial | None:
        """Return the next one of what was read that nobody has taken since."""
        from optuna.trial import TrialState

        while self._waiting:
            trial = self.storage.get_trial(self._waiting.popleft())
            if trial.state == TrialState.WAITING:
                return trial
        return None

    def start(self, trial_id: int) -> None:
        """Let a waiting trial run."""
        from optuna.trial import TrialState

        self.storage.set_trial_state_values(trial_id, TrialState.RUNNING)

    def release(self, trials: Iterable[FrozenTrial]) -> None:
        """Let running trials wait again; they keep their numbers, parameters and reports."""
        from optuna.trial import TrialState

        for trial in trials:
            self.storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)
        self._stale = -math.inf

    def note(self, trial_id: int, attrs: Mapping[str, Any]) -> None:
        """Write attributes of a trial that has not ended, in that order."""
        for key, value in attrs.items():
            self.storage.set_trial_user_attr(trial_id, key, value)

    def end(self, trial: FrozenTrial, state: str, values: Sequence[float] | None, study: Study) -> None:
        """End a running trial; what is ``INFEASIBLE`` gets the constraint ``runs``, which samplers know, and no value.

        Args:
            trial: As it is now.
            state: ``COMPLETE``, ``PRUNED``, ``FAIL`` or ``INFEASIBLE``.
            values: Of what is complete.
            study: With the sampler that the trial was asked for with.
        """
        from optuna.trial import Trial, TrialState

        if state != "INFEASIBLE":
            study.tell(trial.number, list(values or []) if state == "COMPLETE" else None, TrialState[state])
            return
        self.note(trial._trial_id, {"infeasible": True})
        if "runs" not in trial.constraints:
            Trial(self.study, trial._trial_id).set_constraint("runs", 1.0)
        # Study.tell would make the last report its value
        self.storage.set_trial_state_values(trial._trial_id, TrialState.PRUNED)

    def look(self, trial: Trial | int) -> FrozenTrial:
        """Return what is known now of a trial that was asked for, or of the one with that number."""
        if isinstance(trial, int):
            return self.storage.get_trial(self.storage.get_trial_id_from_study_id_trial_number(self._id, trial))
        return self.storage.get_trial(trial._trial_id)


def _params(trial: FrozenTrial) -> Mapping[str, Any]:
    fixed: Mapping[str, Any] = trial.system_attrs.get("fixed_params", trial.params)
    return fixed


def _key(point: Mapping[str, Any]) -> frozenset[tuple[str, Any]]:
    return frozenset(point.items())
