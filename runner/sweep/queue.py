"""Who trains what: trials are claimed one by one by any number of processes, and come back when their owner dies."""

from __future__ import annotations

import contextlib
import copy
import math
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from runner.sweep.lease import Deaths, Lease, claiming
from runner.sweep.outage import LIMIT, patiently
from runner.sweep.place import Place
from runner.sweep.trials import Trials

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial, TrialState

P = ParamSpec("P")
T = TypeVar("T")


def _patient(method: Callable[Concatenate[Queue, P], T]) -> Callable[Concatenate[Queue, P], T]:
    """Let a method wait for a database that does not answer, and begin again; not under a claim, which is lost too."""

    def call(queue: Queue, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if queue.is_claiming:
            return method(queue, *args, **kwargs)
        return patiently(lambda: method(queue, *args, **kwargs), queue.limit, queue.give_up)

    call.__doc__ = method.__doc__
    return call


class Queue:
    """The trials of a study, from waiting over running to told.

    A trial belongs to the owner in its attribute ``owner``, which is set before it runs. Everything that depends on
    what is there happens under ``claiming``, so that no trial is claimed twice, none is too many, and a result that
    comes too late is noticed. Every method waits for a database that does not answer, and may be repeated; what is
    done under a claim of one's own has to be repeated with it (``runner.sweep.outage.patiently``).

    Args:
        place: Of the sweep.
        limit: For how many seconds to wait for a database.
        give_up: Whether somebody does not want to wait for it any longer.

    Attributes:
        number: Of the trial that a sampler is made for. Seeded by it, a sampler gives a trial whose owner died before
            the parameters were chosen those it would have had, and not those of the next new trial.
    """

    def __init__(self, place: Place, limit: float = LIMIT, give_up: Callable[[], object] = lambda: False) -> None:
        self.place = place
        self.limit, self.give_up = limit, give_up
        self._trials = Trials(place, limit, give_up)
        self.study = self._trials.study
        self.number = 0
        self._lock, self._holder = threading.Lock(), 0
        self._deaths = Deaths(place)
        self._is_unsure = False

    @contextlib.contextmanager
    def claiming(self) -> Iterator[None]:
        """Be the only process of the study that claims, adds or ends trials; a thread may enter it again."""
        if self.is_claiming:
            yield
            return
        with self._lock, claiming(self.place):
            self._holder = threading.get_ident()
            try:
                yield
            finally:
                self._holder = 0

    @property
    def is_claiming(self) -> bool:
        """Whether this thread is the only one now."""
        return self._holder == threading.get_ident()

    @_patient
    def enqueue(self, points: Sequence[Mapping[str, Any]]) -> int:
        """Add those points, in order, whose parameters no trial has, and return how many those were."""
        with self.claiming():
            return self._trials.add(points)

    @_patient
    def ask(self, owner: str, sampler_for: Callable[[Study], BaseSampler], total: int | None = None) -> Trial | None:
        """Claim the first waiting trial, or else a new one, or return None: there is nothing left to claim.

        A trial that comes back keeps its number, its parameters and what it reported.

        Args:
            owner: Whose lease the caller holds; it has no other trial.
            sampler_for: Makes the sampler of a trial that was not enqueued, under the lock.
            total: How many trials the study may have, whatever became of them; None: any number.
        """
        with self.claiming():
            if self._is_unsure:  # the connection broke while we claimed: nobody runs what became ours
                self._trials.release(trial for trial in self._trials.running() if _owner(trial) == owner)
            self._is_unsure = True
            trial = self._claim(owner, sampler_for, total)
        self._is_unsure = False
        return trial

    def _claim(self, owner: str, sampler_for: Callable[[Study], BaseSampler], total: int | None) -> Trial | None:
        from optuna import Trial
        from optuna.samplers import RandomSampler

        frozen, count = self._trials.first_waiting()
        if frozen is None and total is not None and count >= total:
            return None
        study = copy.copy(self.study)
        if frozen is not None and "fixed_params" in frozen.system_attrs:
            study.sampler = RandomSampler(seed=0)  # it was enqueued: there is nothing to sample
        else:  # it is new, or its owner died, perhaps before it had all its parameters
            self.number = count if frozen is None else frozen.number
            study.sampler = sampler_for(self.study)
        if frozen is None:
            trial_id = self._trials.create({"owner": owner, "attempts": 1})
        else:
            trial_id = frozen._trial_id
            self._trials.note(trial_id, {"attempts": frozen.user_attrs.get("attempts", 0) + 1, "owner": owner})
        self._trials.start(trial_id)
        return Trial(study, trial_id)

    @_patient
    def tell(
        self,
        trial: Trial | int,
        state: TrialState | str,
        values: Sequence[float] | None = None,
        reason: str = "",
        attrs: Mapping[str, Any] | None = None,
        owner: str | None = None,
    ) -> bool:
        """End a trial, unless it has ended or is another owner's by now, and return whether this result stands.

        Args:
            trial: As asked for, or its number.
            state: ``COMPLETE``, ``PRUNED``, ``FAIL``, or ``INFEASIBLE``: pruned, without a value and marked so for
                samplers. What is complete with a value that is no finite number is ``FAIL``.
            values: One for each objective, of what is complete.
            reason: Why it was not completed.
            attrs: What else to note, before it ends.
            owner: With a number: only if it is this owner's.
        """
        name = state if isinstance(state, str) else state.name
        if name == "COMPLETE" and not all(map(math.isfinite, values or [math.nan])):
            name, reason = "FAIL", reason or f"the objective is {values}"
        with self.claiming():
            frozen = self._trials.look(trial)
            is_ours = _is_ours(frozen, trial, owner)
            if frozen.state.is_finished():
                return is_ours and frozen.state.name == ("PRUNED" if name == "INFEASIBLE" else name)
            if not is_ours:
                return False
            if frozen.state.name == "WAITING":  # taken for dead, but nobody has started it again
                self._trials.start(frozen._trial_id)
            self._trials.note(frozen._trial_id, {**(attrs or {}), **({"reason": reason} if reason else {})})
            self._trials.end(frozen, name, values, self.study if isinstance(trial, int) else trial.study)
        return True

    @_patient
    def give_back(self, trial: Trial | int) -> None:
        """Let a running trial wait for another worker, unless it is another's already."""
        with self.claiming():
            frozen = self._trials.look(trial)
            if frozen.state.name == "RUNNING" and _is_ours(frozen, trial, None):
                self._trials.release([frozen])

    @_patient
    def reap(self, dead: Collection[str] = ()) -> list[int]:
        """Let the running trials of dead owners wait again, under their numbers, and return those.

        Among files an owner is dead when its lease is free; at a server when it was free at an earlier call too,
        ``PATIENCE`` seconds before: call this again and again.

        Args:
            dead: Owners whose end the caller has seen: for them nothing has to be waited for.
        """

        def is_lost(trial: FrozenTrial) -> bool:
            owner = _owner(trial)  # noted before a trial runs: without it, nobody runs it
            return owner is None or owner in dead or self._deaths.has(owner)

        if not any(map(is_lost, self._trials.running())):
            return []  # mostly: the lock is for those who work
        with self.claiming():
            lost = [trial for trial in self._trials.running() if is_lost(trial)]
            self._trials.release(lost)
        for owner in filter(None, map(_owner, lost)):
            Lease.forget(self.place, owner)
        return [trial.number for trial in lost]


def _owner(trial: FrozenTrial) -> str | None:
    owner: str | None = trial.user_attrs.get("owner")
    return owner


def _is_ours(now: FrozenTrial, trial: Trial | int, owner: str | None) -> bool:
    expected = owner if isinstance(trial, int) else trial.user_attrs.get("owner")
    return expected is None or _owner(now) == expected
