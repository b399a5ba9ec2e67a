"""Why a search ends before all of its trials are done: a signal, the end of its budget, or something that broke."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from types import FrameType

from runner.interrupt import Interrupt


class Stop(Interrupt):
    """While entered, the first signal asks the workers to save and leave, a second one kills them, a third one this.

    Args:
        budget: Seconds from now on; None: as many as it takes.
    """

    def __init__(self, budget: float | None = None) -> None:
        super().__init__()
        self.deadline = None if budget is None else time.monotonic() + budget
        self.signals = 0
        self.failed = False
        """Whether a trial failed of which the first is to end the search."""
        self.broken = ""
        """Why no worker can work."""
        self.lost = ""
        """What is wrong with the storage, or the disk."""
        self.kill: Callable[[], None] = lambda: None

    def receive(self, signum: int, frame: FrameType | None) -> None:
        """Note a signal."""
        self.signals += 1
        self.signum = self.signum or signum
        if self.signals == 2:
            self.kill()
        elif self.signals > 2:
            os._exit(128 + signum)

    def hurried(self) -> bool:
        """Tell whether nobody wants to wait for a storage that does not answer."""
        return bool(self.signum or self.lost)

    @property
    def late(self) -> bool:
        """Whether the budget is used up."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def __bool__(self) -> bool:
        return bool(self.signum or self.failed or self.broken or self.lost or self.late)
