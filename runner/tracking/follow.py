"""Keeping a store up to date beside a run that trains: in a process of its own, so that no step waits."""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from runner.folder import all_runs, identity, is_live, read_json, root_of
from runner.secret import mask_url
from runner.tracking import store
from runner.tracking.machine import Machine
from runner.tracking.points import Point
from runner.tracking.replay import Replay

log = logging.getLogger(__name__)
TICK = 1.0
"""Seconds between two looks at the folder."""
SAMPLE = 5.0
"""Seconds between two samples of the machine."""
LONGEST = 30.0
"""Seconds between two attempts to reach a store that is away."""
ENDING = 10.0
"""Seconds that a lock may outlive the trainer: its loader processes hold it until they notice."""


@contextlib.contextmanager
def claimed(folder: Path, wait: bool) -> Iterator[bool]:
    """Let one process at a time send a folder; yield whether it is this one."""
    with open(folder / ".tracking.lock", "a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            yield False
        else:
            yield True


class Follower:
    """Replays a folder until standard input says ``finish``, or ends because the trainer is no more.

    Args:
        replay: What to keep up to date.
        system_metrics: Also send what the machine does.
    """

    def __init__(self, replay: Replay, system_metrics: bool = False) -> None:
        self.replay, self.folder = replay, replay.folder
        self.machine = Machine(self.folder, os.getppid()) if system_metrics else None
        self.samples: list[Point] = []
        self.sampled = 0.0
        self.heard = ""
        self.asked = 0.0  # when the store was last asked in vain
        self.delay = 0.0

    def __call__(self) -> int:
        """Follow to the end; return 0 if the store has everything."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.nice(10)
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
        if not (self.folder / "environment.json").exists() or time.monotonic() < self.asked + self.delay:
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
        """Close other runs of the same outputs in the same store whose process is gone, until there is word.

        Their models take long to log, and somebody may soon wait for this run: they are left to ``runner sync``.
        """
        uri = self.replay.uri
        for folder in all_runs(root_of(self.folder)):
            known = read_json(folder / "tracking.json")
            self.listen(0.0)
            if self.heard:
                return
            if folder == self.folder or known.get("uri") != mask_url(uri) or known.get("closed", True):
                continue
            with claimed(folder, wait=False) as ours:
                if ours and not is_live(folder):
                    try:
                        killed = not (folder / "summary.json").exists()
                        Replay(folder, uri, known["experiment"], log_model=False).finish(complete=killed)
                        log.info("%s: closed", identity(folder))
                    except store.Unreachable as error:
                        log.warning("%s", error)
                        return

    def listen(self, seconds: float) -> None:
        """Wait for a word of the trainer."""
        if self.heard or not select.select([sys.stdin], [], [], seconds)[0]:
            return
        said = os.read(sys.stdin.fileno(), 1024)
        self.heard = "finish" if b"finish" in said else "" if said else "gone"

    def alone(self) -> bool:
        """Wait until nobody holds the run; if somebody still does, it was resumed, and is followed by another."""
        until = time.monotonic() + ENDING
        while is_live(self.folder):
            if time.monotonic() > until:
                return False
            time.sleep(0.2)
        return True

    def end(self) -> int:
        """Complete the run in the store; a second attempt is all that somebody who waits should wait for."""
        for last in (False, True):
            try:
                self.replay.push(self.samples)
                self.replay.finish()
                return 0
            except store.Unreachable as error:
                log.warning("%s; to complete it: runner sync %s", error, identity(self.folder))
                if not last:
                    time.sleep(1.0)
        return 1
