"""Keeping a store up to date beside a run that trains: in a process of its own, so that no step waits."""

from __future__ import annotations

import importlib
import logging
import os
import select
import signal
import sys
import time
from pathlib import Path

from runner.durable import read_json
from runner.folder import all_runs, all_sweeps, identity, is_live, is_sweep, root_of
from runner.secret import mask_url
from runner.tracking import store
from runner.tracking.claim import claimed, in_turn, owner
from runner.tracking.machine import Machine
from runner.tracking.points import Point
from runner.tracking.replay import Replay
from runner.tracking.sweep import SweepReplay

log = logging.getLogger(__name__)
TICK = 1.0
"""Seconds between two looks at the folder."""
SAMPLE = 5.0
"""Seconds between two samples of the machine."""
MOMENT = 0.1
"""Seconds between two looks whether somebody else has done with the folder."""
LONGEST = 30.0
"""Seconds between two attempts to reach a store that is away."""
ENDING = 10.0
"""Seconds that a lock may outlive the trainer: its loader processes hold it until they notice."""


class Follower:
    """Replays a folder until standard input says ``finish``, or ends because the trainer is no more.

    Args:
        replay: What to keep up to date: a run, or a sweep.
        system_metrics: Also send what the machine does.
    """

    def __init__(self, replay: Replay | SweepReplay, system_metrics: bool = False) -> None:
        self.replay, self.folder = replay, replay.folder
        self.machine = Machine(self.folder, os.getppid()) if system_metrics else None
        self.samples: list[Point] = []
        self.sampled = 0.0
        self.heard = ""
        self.waited = 0.0  # for another follower, since there was word
        self.asked = 0.0  # when the store was last asked in vain
        self.delay = 0.0

    def __call__(self) -> int:
        """Follow to the end, once it is this one's turn; return 0 if the store has everything."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.nice(10)
        with in_turn(self.folder, self.waits) as ours:
            if ours:
                return self.follow()
        log.info("another process sends this too; it is left to that one")
        return 0

    def waits(self) -> bool:
        """Wait a moment for the follower of an earlier process, which is about to end.

        That of another machine, which shares the sweep and its folder, may go on for long: it will send everything.
        """
        if not self.heard:
            self.listen(MOMENT)
            return True
        time.sleep(MOMENT)
        self.waited += MOMENT
        shared = isinstance(self.replay, SweepReplay) and self.replay.parent.shared()
        return self.heard == "gone" or not shared or self.waited < ENDING

    def follow(self) -> int:
        """Send what comes, until there is word, and then the rest."""
        idle = False
        while not self.heard:
            if self.look() and not idle:
                idle = True
                self.use_the_time()
            self.listen(TICK)
        if self.heard == "gone" and not self.alone():
            return 0
        return self.end()

    def look(self) -> bool:
        """Send what is new, if the store is to be asked at all now; tell whether that went well."""
        if self.machine is not None and time.monotonic() - self.sampled >= SAMPLE:
            self.sampled = time.monotonic()
            self.samples = [*self.samples, *self.machine.sample()][-10_000:]
        if not self.replay.ready() or time.monotonic() < self.asked + self.delay:
            return False
        try:
            self.replay.push(self.samples)
        except store.Unreachable as error:
            if not self.delay:
                log.warning("%s; the run goes on, and this is tried again", error)
            self.asked, self.delay = time.monotonic(), min(LONGEST, max(1.0, 2 * self.delay))
            return False
        if self.delay:
            log.info("%s: reached again", mask_url(self.replay.uri))
        self.samples, self.delay = [], 0.0
        return True

    def use_the_time(self) -> None:
        """Do what would otherwise have to be done while somebody waits for the end."""
        self.reap()
        if self.replay.log_model and not self.heard:
            for name in ("torch", "torch.export", "mlflow.pytorch", "runner.build"):
                self.listen(0.0)
                if not self.heard:
                    importlib.import_module(name)

    def reap(self) -> None:
        """Close other runs and sweeps of the same outputs in the same store whose process is gone.

        Until there is word: their models take long to log, and somebody may soon wait for this run, so they are left
        to ``runner sync``.
        """
        root = root_of(self.folder)
        for folder in [*all_sweeps(root), *(run for run in all_runs(root) if owner(run) == run)]:
            known = read_json(folder / "tracking.json")
            self.listen(0.0)
            if self.heard:
                return
            ours = known.get("uri") == mask_url(self.replay.uri) and not known.get("closed", True)
            if not ours or folder == self.folder:
                continue
            with claimed(folder, wait=False) as free:
                if free and not is_live(folder):
                    try:
                        self.bury(folder, known["experiment"])
                    except store.Unreachable as error:
                        log.warning("%s", error)
                        return

    def bury(self, folder: Path, experiment: str) -> None:
        """Close a run or a sweep that nobody works on."""
        replay: Replay | SweepReplay
        if is_sweep(folder):
            replay = SweepReplay(folder, self.replay.uri, experiment, log_model=False)
            replay.stop = self.hears
            replay.finish(complete=False)
        else:
            replay = Replay(folder, self.replay.uri, experiment, log_model=False)
            replay.finish(complete=not (folder / "summary.json").exists())
        if not self.heard:
            log.info("%s: closed", identity(folder))

    def hears(self) -> bool:
        """Tell whether there is word."""
        self.listen(0.0)
        return bool(self.heard)

    def listen(self, seconds: float) -> None:
        """Wait for a word of the trainer."""
        if self.heard or not select.select([sys.stdin], [], [], seconds)[0]:
            return
        said = os.read(sys.stdin.fileno(), 1024)
        self.heard = "finish" if b"finish" in said else "" if said else "gone"
        if isinstance(self.replay, SweepReplay):  # which does not write down how it ended
            self.replay.end = said.decode().partition("finish")[2].strip()

    def alone(self) -> bool:
        """Wait until nobody holds the run; if somebody still does, it was resumed, and is followed by another."""
        until = time.monotonic() + ENDING
        while self.replay.held():
            if time.monotonic() > until:
                return not is_live(self.folder)
            time.sleep(0.2)
        return True

    def end(self) -> int:
        """Complete the run in the store.

        A second attempt is all that somebody who waits should wait for; beside a store that was away until now, the
        first: one that hangs costs a timeout each time.
        """
        for last in (True,) if self.delay else (False, True):
            try:
                self.replay.push(self.samples)
                self.replay.finish()
                return 0
            except store.Unreachable as error:
                log.warning("%s; to complete it: runner sync %s", error, identity(self.folder))
                if not last:
                    time.sleep(1.0)
        return 1
