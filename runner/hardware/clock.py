"""Where the time goes: laps of one stopwatch, so that the parts add up to the whole; on a GPU also by the GPU's own.

A GPU works behind the program that drives it: what the program waits for says little about what the device did. So
every lap also leaves a mark (a CUDA event) in the device's queue of work. When the device comes by, it notes the time;
the notes are read later, without waiting for any.
"""

from __future__ import annotations

import contextlib
import sys
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Any, Protocol

import torch

ROOM = 1024
"""Marks under way at most: about as much work as a CUDA stream queues before it makes the program wait."""
LOOK = 64
"""Marks under way from which on each further one begins with a look at the oldest."""
LOST = "unmeasured"
"""What the device's time is credited to while there was no room for marks."""


class Clock:
    """Time is credited to what has just ended; a lap costs a fraction of a microsecond."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.device: dict[str, float] = {}
        """Seconds of the device's own time line from the end of the first lap on; empty where it has none."""
        self.last = perf_counter()

    def lap(self, name: str) -> None:
        """Credit the time since the last lap to ``name``."""
        now = perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.last
        self.last = now

    def settle(self) -> None:
        """Read what the device has not told yet, and wait for it: at the end, when nothing is held up by that."""


class Mark(Protocol):
    """A place in a device's queue of work: a ``torch.cuda.Event`` with timing, in milliseconds."""

    def query(self) -> bool: ...
    def synchronize(self) -> None: ...
    def elapsed_time(self, end_event: Any, /) -> float: ...


class Marks:
    """Marks in a device's queue, each the end of a part of its work, and the seconds between those it has passed.

    Args:
        make: Returns a new mark.
        record: Puts a mark at the end of the queue; one that was read is put there again.
        capturing: Tells whether the queue is being captured, for a graph: that would keep the mark.
        room: Marks under way at most.
    """

    def __init__(
        self,
        make: Callable[[], Any],
        record: Callable[[Any], None],
        capturing: Callable[[], bool] = lambda: False,
        room: int = ROOM,
    ) -> None:
        self.make, self.record, self.capturing, self.room = make, record, capturing, room
        self.seconds: dict[str, float] = {}
        self.waiting: deque[tuple[str, Mark]] = deque()
        self.passed: Mark | None = None  # the last one that was read: where the next part begins
        self.free: list[Mark] = []
        self.full = False

    def add(self, name: str) -> None:
        """Mark the end of ``name``; without room its time, and that of what follows, is credited to ``LOST``."""
        if self.capturing():
            return
        if len(self.waiting) >= min(LOOK, self.room):
            self.read()
            if len(self.waiting) >= self.room:
                self.full = True
                return
        mark: Mark = self.free.pop() if self.free else self.make()
        self.record(mark)
        self.waiting.append((LOST if self.full else name, mark))
        self.full = False

    def read(self) -> None:
        """Add up the parts whose marks the device has passed; never waits."""
        while self.waiting and self.waiting[0][1].query():
            name, mark = self.waiting.popleft()
            if self.passed is not None:
                milliseconds = self.passed.elapsed_time(mark)
                self.seconds[name] = self.seconds.get(name, 0.0) + milliseconds / 1000
                self.free.append(self.passed)
            self.passed = mark

    def settle(self) -> None:
        """Wait until the device has passed every mark, and read them."""
        if self.waiting:
            self.waiting[-1][1].synchronize()
            self.read()


class CudaClock(Clock):
    """A clock that also asks a CUDA device how long each part took there.

    A part lasts on the device from the moment it has passed the last lap's mark to the moment it passes the next one.
    Time in which it had nothing to do counts: under "data" it is how long the device was starved. Nothing here waits
    in a step; a device that has failed is no longer asked.

    Args:
        device: The device; it is not touched before the first lap.
        marks: Where the marks go; None: events on the device's current stream.
    """

    def __init__(self, device: torch.device, marks: Marks | None = None) -> None:
        super().__init__()
        used = marks or Marks(
            make=lambda: torch.cuda.Event(enable_timing=True),
            record=lambda event: event.record(torch.cuda.current_stream(device)),
            capturing=torch.cuda.is_current_stream_capturing,
        )
        self.marks: Marks | None = used
        self.device = used.seconds

    def lap(self, name: str) -> None:
        """Credit the program's time since the last lap to ``name``, and mark its end on the device."""
        super().lap(name)
        if self.marks is not None:
            try:
                self.marks.add(name)
            except RuntimeError:  # whatever the device has died of comes up where it is used
                self.marks = None

    def settle(self) -> None:
        if self.marks is not None:
            with contextlib.suppress(RuntimeError):
                self.marks.settle()


class Compiling(Clock):
    """A clock of a run that compiles: the time of a part in which something was compiled is none of that part's."""

    compiled: int | None = None
    """What torch had compiled at the last lap."""

    def lap(self, name: str) -> None:
        before, self.compiled = self.compiled, compilations()
        super().lap(name if before in (None, self.compiled) else "compiling")


class CompilingCuda(Compiling, CudaClock):
    """The same of a CUDA device."""


def compilations() -> int:
    """Return a number that grows with everything that ``torch.compile`` does; torch keeps its durations, by phase."""
    compiler = sys.modules.get("torch._dynamo.utils")  # imported when something is first compiled
    return sum(map(len, getattr(compiler, "compilation_time_metrics", {}).values()))


def clock_for(device: torch.device, compiles: bool = False) -> Clock:
    """Return the clock of a device: the CPU has none of its own.

    Args:
        device: Where the model is computed.
        compiles: Whether it is compiled, which happens in the midst of the first steps.
    """
    if compiles:
        return CompilingCuda(device) if device.type == "cuda" else Compiling()
    return CudaClock(device) if device.type == "cuda" else Clock()
