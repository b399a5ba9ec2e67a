"""A warm worker of a search: ``python -m runner.sweep.worker PARENT PIPE``, which ``runner.sweep.crew`` starts.

It pays for its imports, for composing and for the data once, and then does one trial after the other, which it claims
from the study itself: it never waits for other workers, nor for its parent.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import platform
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from runner.child import die_with
from runner.company import leave
from runner.interrupt import Interrupt, Interrupted
from runner.redact import redacted

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler
    from optuna.study import Study
    from optuna.trial import Trial

    from runner.sweep.order import Order, Work


class Asked(Interrupt):
    """Notes that this worker is to leave; whoever asks a second time says nothing new, and can always kill."""

    def receive(self, signum: int, frame: FrameType | None) -> None:
        """Note the first signal."""
        self.signum = self.signum or signum


def main(parent: int, pipe: int) -> int:
    """Do what the order on the standard input says, and return the exit code."""
    die_with(parent)
    os.set_inheritable(pipe, False)  # loader processes would keep it open
    order: Order = pickle.load(sys.stdin.buffer)
    try:
        with Asked() as asked:
            return Worker(order, asked).run(pipe)
    except Interrupted as stop:
        return 128 + stop.signum
    except Exception:
        from runner.sweep.order import BROKEN

        traceback.print_exc()
        return BROKEN


class Worker:
    """Does trials of a search.

    Args:
        order: Which search, and who this is.
        asked: Whether it is to leave.
    """

    def __init__(self, order: Order, asked: Asked) -> None:
        from hydra.utils import get_method

        from runner.sweep.queue import Queue

        self.order, self.asked = order, asked
        self.task: Callable[..., Any] = get_method(order.task)
        self.queue = Queue(order.place)
        self.limit = limit(order)
        self.resident = resident()

    def run(self, pipe: int) -> int:
        """Do trials until none is left."""
        from runner.compose import hydra_for
        from runner.sweep.lease import Lease
        from runner.sweep.order import FAILED, SPOILT

        order = self.order
        with hydra_for(order.command) as loader, Lease.hold(order.place, order.owner):
            self.composer = composer(order, loader)
            with contextlib.suppress(OSError):
                os.write(pipe, b".")
            os.close(pipe)
            gc.collect()
            gc.freeze()  # the modules stay: to look at them again would cost each trial 0.1 s
            while True:
                self.asked.check()
                claimed = self.claim()
                if claimed is None:
                    return 0
                code = self.perform(*claimed)
                if code == SPOILT or (code == FAILED and order.settings.fail_fast):
                    return code

    def claim(self) -> tuple[Trial, Work] | None:
        """Claim a trial and settle what it is, before the next worker's is proposed; None: nothing is left."""
        from runner.sweep.outage import patiently

        order = self.order
        trial: Trial | None = None

        def once() -> tuple[Trial, Work] | None:
            nonlocal trial
            with self.queue.claiming():
                trial = trial or self.queue.ask(order.owner, self.sampler, order.total)
                if trial is None:
                    return None
                work = order.stage.work(trial)
                for name, value in (("run", work.run), ("overrides", work.overrides), ("host", platform.node())):
                    trial.set_user_attr(name, value)
            return trial, work

        return patiently(once)

    def sampler(self, study: Study) -> BaseSampler:
        """Return what proposes the next trial: made anew, so that a proposal depends on the trials so far alone."""
        from runner.sweep.order import Searching
        from runner.sweep.proposal import proposer
        from runner.sweep.sampler.design import Design

        stage, order = self.order.stage, self.order
        assert isinstance(stage, Searching)  # others have only what is enqueued
        made = proposer(order.settings, stage.space, order.objectives, self.queue.number)
        assert not isinstance(made, Design)
        return made

    def perform(self, trial: Trial, work: Work) -> int:
        """Do one trial; return 0, or why this worker may have to leave: as its exit code says it.

        Raises:
            Interrupted: This worker is to leave; the trial is back in the queue, and goes on from its checkpoint.
        """
        from runner.sweep.death import note
        from runner.sweep.objective import single
        from runner.sweep.order import FAILED, SPOILT

        folder = self.order.place.folder / work.run
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self.asked.check()
            signal.setitimer(signal.ITIMER_REAL, self.limit)  # then the kernel ends this process, however it hangs
            try:
                cfg = single(self.composer.cfg(work.overrides, trial.number, str(folder)))
                outcome = self.task(
                    cfg,
                    folder,
                    [*self.order.command.recipe_word, *self.composer.given, *work.overrides],
                    self.judge(trial, cfg.epochs),
                    self.order.objectives,
                    [cfg.seed + index for index in range(work.seeds)],
                    self.resident,
                    interrupt=self.asked,
                )
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)  # waiting for the storage is not the trial's time
        except Interrupted:
            self.queue.give_back(trial)
            raise
        except (Exception, SystemExit) as error:
            print(f"trial {trial.number} failed:", file=sys.stderr)
            told = redacted(traceback.format_exc())
            print(told, file=sys.stderr)
            with contextlib.suppress(OSError), (folder / "log.txt").open("a", encoding="utf-8") as log:
                log.write(told)  # the run itself has not come to tell it
            reason = redacted(f"{type(error).__name__}: {error}")
            note(folder, "FAIL", reason)
            self.queue.tell(trial, "FAIL", reason=reason)
            return FAILED
        attrs = {"seconds": outcome.seconds, "epochs": outcome.epochs, "per_seed": outcome.per_seed}
        self.queue.tell(trial, outcome.state, outcome.values, outcome.reason, attrs)
        return SPOILT if outcome.spoilt else FAILED if outcome.state == "FAIL" else 0

    def judge(self, trial: Trial, epochs: int) -> Any:
        """Return what hears of each epoch and tells whether it is worth going on.

        None: that needs one objective, and a trial that is trained again to confirm it goes to its end.
        """
        from runner.sweep.judge import Judge
        from runner.sweep.order import Searching

        if len(self.order.objectives) > 1 or not isinstance(self.order.stage, Searching):
            return None

        return Judge(self.order.place, trial._trial_id, self.order.settings.pruner, epochs)


def composer(order: Order, loader: Any) -> Any:
    """Return what composes the configurations of trials."""
    from runner.check.override import read_overrides
    from runner.sweep.composer import Composer

    words = read_overrides(order.command.overrides, loader, multirun=True).good
    base = [word for word in words if not word.is_sweep_override()]
    return Composer(order.command.name, base, loader, order.composed)


def resident() -> Any:
    """Return where data stays from one trial to the next; None if the trials have nothing to do with torch."""
    if "torch" not in sys.modules:
        return None
    from runner.resident import Resident

    return Resident()


def limit(order: Order) -> float:
    """Return the seconds that a trial may take; 0 if it may take any."""
    from runner.sweep.duration import seconds

    return seconds(order.settings.trial_timeout) or 0.0


if __name__ == "__main__":
    leave(main(int(sys.argv[1]), int(sys.argv[2])))
