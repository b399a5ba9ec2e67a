"""What becomes of the trial of a worker that has died: it goes on with another one, unless it is what kills them."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from runner.durable import read_json
from runner.recorded import note_end, reached
from runner.sweep.crew import Ended
from runner.sweep.outage import patiently
from runner.sweep.row import inside

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from runner.sweep.queue import Queue
    from runner.sweep.settings import Settings


OVER = ("finished", "stopped", "pruned", "infeasible", "failed")
"""What a run may have ended as, such that it does not go on."""


def bury(queue: Queue, settings: Settings, ended: Ended) -> str | None:
    """Give the trial of a dead worker back, or end it where another try would end like this one.

    Args:
        queue: Of the study.
        settings: How often a trial is tried again, and how long it may take.
        ended: The worker. One that was told to stop has done nothing wrong, however it ended.

    Returns:
        What became of the trial, as ``Queue.tell`` calls it; None if the worker had none.

    Raises:
        ConnectionError: The storage does not answer. The trial comes back later: nobody holds its worker's lease.
    """
    return patiently(lambda: _bury(queue, settings, ended), queue.limit, queue.give_up)


def _bury(queue: Queue, settings: Settings, ended: Ended) -> str | None:
    with queue.claiming():  # nobody else starts it again meanwhile
        trial = left_by(queue, ended.owner)
        if trial is None:
            return None
        reason = None if ended.stopping else too_much(queue, settings, trial, ended.code)
        if reason is None:
            queue.reap([ended.owner])
            return "WAITING"
        state = "INFEASIBLE" if ended.code == -signal.SIGKILL else "FAIL"
        queue.tell(trial.number, state, reason=reason, owner=ended.owner)
    for folder in runs(queue.place.folder, trial):
        note(folder, state, reason)
    return state


def left_by(queue: Queue, owner: str) -> FrozenTrial | None:
    """Return the trial that a worker has left behind, also if another machine has put it back in the queue already."""
    from optuna.trial import TrialState

    trials = queue.study.get_trials(deepcopy=False, states=(TrialState.RUNNING, TrialState.WAITING))
    own = [trial for trial in trials if trial.user_attrs.get("owner") == owner]
    return min(own, key=lambda trial: trial.state != TrialState.RUNNING, default=None)  # of others it gave back


def too_much(queue: Queue, settings: Settings, trial: FrozenTrial, code: int) -> str | None:
    """Return why a trial is not to be tried again, or None if it is: it came further than before, or may yet do so."""
    if code == -signal.SIGALRM:
        return f"took longer than sweep.trial_timeout={settings.trial_timeout}"
    steps = sum(reached(folder).get("steps", 0) for folder in runs(queue.place.folder, trial))
    before = trial.user_attrs.get("deaths", {"steps": 0, "count": 0})
    count = 1 if steps > before["steps"] else before["count"] + 1
    if count > settings.retries:
        times = "" if count == 1 else f" {count} times"
        return f"its worker {cause(code)}{times} without coming further (sweep.retries={settings.retries})"
    from optuna.trial import Trial

    deaths = {"steps": max(steps, before["steps"]), "count": count}
    Trial(queue.study, trial._trial_id).set_user_attr("deaths", deaths)
    return None


def runs(folder: Path, trial: FrozenTrial) -> Iterator[Path]:
    """Yield the run folders of a trial: of its first seed, and of others."""
    if run := inside(trial.user_attrs.get("run")):
        first = folder / run
        yield from (path for path in (first, *sorted(first.parent.glob(f"{first.name}-seed*"))) if path.is_dir())


def cause(code: int) -> str:
    """Say how a process ended."""
    if code >= 0:
        return f"ended with exit code {code}"
    hint = ", perhaps for lack of memory," if code == -signal.SIGKILL else ""
    return f"was killed by {signal.Signals(-code).name}{hint}"


def note(folder: Path, state: str, reason: str) -> None:
    """Write down in a run's folder how it ended; who trained there could not."""
    if read_json(folder / "summary.json").get("status") in OVER:  # one of several seeds that had come to its end
        return
    note_end(folder, "infeasible" if state == "INFEASIBLE" else "failed", reason)
    with open(folder / "log.txt", "a", encoding="utf-8") as log:
        log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} ERROR {__name__}: {reason}\n")
