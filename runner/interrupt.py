"""Stopping on request: a signal only sets a flag, and the loop stops between two steps, where all is consistent."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

GRACE = 20
"""Seconds between a signal and the end of one of several processes that does not come to an end by itself, unless the
run's timeout is shorter."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """The run was asked to stop and did so between two steps.

    Not an ``Exception``: a sweep that goes on after a failed trial must not go on after this.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(signum).name}")
        self.signum = signum


def ignored(number: int) -> bool:
    """Tell whether a signal is not for this process: ``nohup`` has it outlive its terminal."""
    return number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN


class Leaving:
    """While entered, a signal raises: SIGINT ``KeyboardInterrupt``, as ever, SIGTERM and SIGHUP ``Interrupted``.

    For what comes before a training and after it, where nothing has to be finished first, but something cleaned up; a
    training has an ``Interrupt`` of its own.
    """

    def __init__(self) -> None:
        self.signum = 0
        """The signal that came: libraries make other errors of what is raised in their midst."""
        self.previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            ours = (signal.getsignal(signal.SIGINT) is signal.default_int_handler, True, not ignored(signal.SIGHUP))
            for number in itertools.compress(SIGNALS, ours):
                self.previous[number] = signal.signal(number, self.leave)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)

    def leave(self, signum: int, frame: FrameType | None) -> None:
        """Note the signal and raise."""
        self.signum = signum
        raise KeyboardInterrupt if signum == signal.SIGINT else Interrupted(signum)

    def code(self, code: int) -> int:
        """Return the exit code of a program that would leave with ``code``: no error counts after a signal."""
        return 128 + self.signum if self.signum and code in (1, 2) else code


class Interrupt:
    """While entered, the first signal sets a flag and a second one ends the process at once.

    The last checkpoint is whole even then: files are replaced in one step (see ``runner.durable``).
    """

    def __init__(self) -> None:
        self.signum = 0
        self.agree: Callable[[int], int] = int
        """With several processes: the signal that any of them has got, so that all stop at the same step."""
        self.previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is not threading.main_thread():
            return self  # only the main thread may set handlers; its owner decides about signals
        for number in SIGNALS:
            if not ignored(number):
                self.previous[number] = handler = signal.signal(number, self.receive)
                if isinstance(before := getattr(handler, "__self__", None), Leaving):
                    self.signum = self.signum or before.signum  # what it raised may have been lost in a library
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)

    def receive(self, signum: int, frame: FrameType | None) -> None:
        """Note the signal; leave at once if it is not the first."""
        if self.signum:
            os._exit(128 + signum)
        self.signum = signum

    def check(self) -> None:
        """Raise ``Interrupted`` if a signal has come."""
        if signum := self.agree(self.signum):
            raise Interrupted(signum)


class Mortal(Interrupt):
    """For one of several processes, which may get a signal more than once: from the system, and from who started it.

    The first sets the flag, and an alarm: a process that has not stopped by then is ended by the kernel, however it
    hangs. Further ones say nothing new.

    Args:
        grace: Seconds from the signal to the alarm.
    """

    def __init__(self, grace: float) -> None:
        super().__init__()
        self.grace = grace

    def receive(self, signum: int, frame: FrameType | None) -> None:
        """Note the first signal, and have the kernel see to it."""
        if not self.signum:
            self.signum = signum
            signal.setitimer(signal.ITIMER_REAL, self.grace)
