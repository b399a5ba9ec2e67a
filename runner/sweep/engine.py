"""The watch over a stage of a search: workers are started, replaced when they die, and sent home when it is to end."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Protocol

from runner.sweep.crew import Crew, Ended, tail
from runner.sweep.death import bury, cause
from runner.sweep.order import BROKEN, FAILED, SPOILT, Order
from runner.sweep.outage import patiently, trouble
from runner.sweep.slots import Slots
from runner.sweep.stop import Stop

if TYPE_CHECKING:
    from runner.sweep.queue import Queue

TICK = 0.1
"""Seconds between two looks at the workers, who need nobody for their work."""
REAP = 2.0
"""Seconds between two looks for trials whose workers, on other machines, have died with their parent."""
GRACE = 30.0
"""Seconds in which a worker that is told to stop saves and leaves, before it is killed."""
FAILURES = 2
"""Workers in a row that end before they get to a trial, after which it is no accident."""
KILLED = 6
"""The same for workers that were killed before they asked for work, while none got so far."""


class Board(Protocol):
    """Shows how the search stands."""

    def update(self) -> None:
        """Look again; called often."""


def watch(order: Order, queue: Queue, slots: Slots, stop: Stop, board: Board) -> None:
    """Have workers do a stage, until nothing is left of it or something stops it; no worker is left then.

    Trials of other machines are waited for: they come back here if their workers die.

    Args:
        order: What the workers are to do.
        queue: Of the stage's study.
        slots: Where they go.
        stop: Tells when to stop, and gets to know when something broke.
        board: Told to look every now and then.
    """
    with Crew(order, slots, order.settings.threads) as crew:
        stop.kill = crew.kill
        try:
            look_after(crew, queue, slots, stop, board)
        except Exception as error:  # of the storage, after long waiting; the workers may still save
            stop.lost = trouble(error) or ""
            if not stop.lost:
                raise
        dismiss(crew, queue, board)
    if not stop.lost:
        queue.reap()


def look_after(crew: Crew, queue: Queue, slots: Slots, stop: Stop, board: Board) -> None:
    """Start workers, and others for those that die, until nothing is left to do or something stops it."""
    order, failures, looked, changed = crew.order, Failures(), time.monotonic(), True
    settings = order.settings
    while not stop:
        for ended in crew.ended():
            changed, fate = True, bury(queue, settings, ended)
            failures.count(ended, fate)
            stop.failed |= ended.code == FAILED or (fate == "FAIL" and settings.fail_fast)
            if failures.too_many:
                stop.broken = f"the last one {cause(ended.code)}:\n{tail(order.place.folder)}"
        failures.asked({member.owner for member in crew.members if member.has_asked()})
        if time.monotonic() - looked > REAP:
            changed, looked = True, time.monotonic()
            queue.reap()
        if changed and not stop and fill(crew, queue, order.total, slots.jobs(settings.jobs)) == 0:
            break
        changed = False
        board.update()
        time.sleep(TICK)


class Failures:
    """Counts workers that end before they get to a trial: of those in a row, ``FAILURES`` are no accident.

    What was killed by a signal before it could ask for work is no mistake of its own: it may have been taken for lack
    of memory, or by somebody. ``KILLED`` of these, without any that came so far, are no accident either.
    """

    def __init__(self) -> None:
        self.failed, self.killed = 0, 0
        self._known: set[str] = set()

    def count(self, ended: Ended, fate: str | None) -> None:
        """Count a worker that has ended; ``fate`` is what became of its trial."""
        if not is_failure(ended, fate):
            self.failed = 0
        elif ended.code < 0 and not ended.asked:
            self.killed += 1
        else:
            self.failed += 1

    def asked(self, owners: set[str]) -> None:
        """Note who of those that live has asked for work."""
        if owners - self._known:
            self.killed = 0
        self._known |= owners

    @property
    def too_many(self) -> bool:
        """Whether it is of no use to start more of them."""
        return self.failed >= FAILURES or self.killed >= KILLED


def fill(crew: Crew, queue: Queue, total: int, jobs: int) -> int:
    """Start workers for the trials that nobody has, and return how many trials are not over yet."""
    trials = patiently(lambda: queue.study.get_trials(deepcopy=False), queue.limit, queue.give_up)
    states = [trial.state.name for trial in trials]
    left = states.count("WAITING") + max(0, total - len(states))
    starting = sum(not member.has_asked() for member in crew.members)
    for _ in range(min(jobs - len(crew.members), left - starting)):
        crew.start()
    return left + states.count("RUNNING") + len(crew.members)


def dismiss(crew: Crew, queue: Queue, board: Board) -> None:
    """Send the workers home, kill those that do not go, and see to what they leave behind."""
    crew.stop()
    deadline = time.monotonic() + GRACE
    while crew.members:
        if time.monotonic() > deadline:
            crew.kill()
        for ended in crew.ended():
            with contextlib.suppress(ConnectionError):  # its trial comes back later, with its lease
                bury(queue, crew.order.settings, ended)
        board.update()
        time.sleep(TICK / 2)


def is_failure(ended: Ended, fate: str | None) -> bool:
    """Tell whether a worker ended before it got to a trial, though it was not to."""
    fine = ended.code in (0, FAILED, SPOILT) or ended.stopping
    return not fine and (fate is None or ended.code == BROKEN)
