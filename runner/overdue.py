"""Processes of a run that outlive one that failed: each says what it was doing when its own alarm ends it, and one
that is frozen, and sees no signal, is killed.

Torch's agent kills, too, but only after half a minute, and does not tell whom.
"""

from __future__ import annotations

import faulthandler
import os
import select
import signal
import threading
import time
from pathlib import Path
from typing import Self

LOOKS = 0.2
"""Seconds between two looks at the processes."""


def present(folder: Path, rank: int) -> None:
    """Say that this process has begun, and have it write down where it is when it is told to end.

    Called after the handlers of signals are set: they still come to their turn, if it ever comes back to Python.
    """
    (folder / f"{rank}.pid").write_text(str(os.getpid()), encoding="utf-8")
    hangs = open(folder / f"{rank}.hangs", "w", encoding="utf-8")  # noqa: SIM115  # as long as the process lives
    for number in (signal.SIGTERM, signal.SIGALRM):
        faulthandler.register(number, file=hangs, chain=True)  # at once, also while it waits in code of others


def hanging(folder: Path) -> dict[int, str]:
    """Return what each process that was told to end was doing then, as Python's traceback, the last call first."""
    told = {int(path.stem): path.read_text(encoding="utf-8") for path in folder.glob("*.hangs")}
    return {rank: text for rank, text in told.items() if text}


def through(folder: Path, rank: int) -> None:
    """Say that this process has come to the end of its work: others may take longer."""
    (folder / f"{rank}.through").touch()


class Overdue:
    """While entered, looks after the processes that say in a folder that they are there.

    Only on Linux, where a process can be held by a descriptor; elsewhere the agent is waited for.

    Args:
        folder: Where each process is ``present``, and comes ``through``.
        grace: Seconds that the others have from the end of the first one that did not come through.
    """

    def __init__(self, folder: Path, grace: float) -> None:
        self.folder, self.grace = folder, grace
        self.held: dict[int, int | None] = {}
        """A descriptor of each process by its rank; None of one that had gone before it was seen."""
        self.killed: set[int] = set()
        """Ranks of those that had to be killed."""
        self.since: float | None = None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, name="overdue", daemon=True)

    def __enter__(self) -> Self:
        if hasattr(os, "pidfd_open"):
            self.thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.over.set()
        if self.thread.ident is not None:
            self.thread.join()
        for held in self.held.values():
            if held is not None:
                os.close(held)

    def watch(self) -> None:
        """Look until it is over."""
        while not self.over.wait(LOOKS):
            self.meet()
            self.look()

    def meet(self) -> None:
        """Take hold of processes that have come since the last look."""
        for path in self.folder.glob("*.pid"):
            rank = int(path.stem)
            if rank not in self.held and (words := path.read_text(encoding="utf-8")):
                try:
                    self.held[rank] = os.pidfd_open(int(words))
                except ProcessLookupError:
                    self.held[rank] = None

    def look(self) -> None:
        """Kill those that are left, if one has failed long ago."""
        living = {rank: held for rank, held in self.held.items() if held is not None and not ended(held)}
        failed = [rank for rank in self.held.keys() - living if not (self.folder / f"{rank}.through").exists()]
        if not failed:
            return
        self.since = self.since or time.monotonic()
        if time.monotonic() - self.since > self.grace:
            for rank, held in living.items():
                signal.pidfd_send_signal(held, signal.SIGKILL)
                self.killed.add(rank)


def ended(held: int) -> bool:
    """Tell whether a process has ended, whether or not its parent has noticed."""
    poll = select.poll()
    poll.register(held, select.POLLIN)
    return bool(poll.poll(0))
