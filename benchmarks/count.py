"""Counts per step: exact and repeatable, whatever else the machine does.

Each peer is counted in a process of its own, because some change what others do: ours keeps torch's compiler out of
the optimizer's methods, others import it. ``python -m benchmarks.count PEER BATCH`` prints the counts
of one as JSON.
"""

from __future__ import annotations

import gc
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from types import FrameType
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.peers import Train, find
from benchmarks.problem import MODELS, Item, Problem
from benchmarks.process import answer

FIRST, LAST = 25, 75
"""The steps that are counted: set-up and warming up are over, and the record's row of every 50 steps is in it."""
STEPS = LAST - FIRST


@dataclass(frozen=True)
class Counts:
    """What a step costs."""

    python: float
    """Calls of Python functions; a generator that goes on is one too."""
    c: float
    """Calls of C functions from Python."""
    operations: float
    """Tensor operations that reach torch's dispatcher, backward included."""

    @property
    def calls(self) -> float:
        return self.python + self.c

    def below(self, other: Counts) -> bool:
        """Tell whether each count is smaller."""
        return self.python < other.python and self.c < other.c and self.operations < other.operations


class Window:
    """Counts by name; what falls between the steps ``FIRST`` and ``LAST`` is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: Counter[tuple[str, str]] = Counter()
        self.other: Counter[tuple[str, str]] = Counter()
        self.names = self.other

    def paced(self, batches: Iterable[Item]) -> Iterator[Item]:
        """Yield the batches; itself one Python call per step, and no other."""
        for number, batch in enumerate(batches):
            if number == FIRST:
                self.names = self.kept
            elif number == LAST:
                self.names = self.other
            yield batch


class Operations(Window, TorchDispatchMode):
    """Counts tensor operations while entered."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None) -> Any:
        self.names["operation", str(func)] += 1
        return func(*args, **(kwargs or {}))


class Calls(Window):
    """Counts calls of functions while entered."""

    def __enter__(self) -> Calls:
        gc.collect()
        gc.disable()  # finalisers would run at odd moments
        sys.setprofile(self.note)
        return self

    def __exit__(self, *exception: object) -> None:
        sys.setprofile(None)
        gc.enable()

    def note(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            code = frame.f_code
            self.names["python", f"{code.co_filename.rpartition('/')[2]}:{code.co_qualname}"] += 1
        elif event == "c_call":
            self.names["c", f"{getattr(argument, '__qualname__', argument)} in {frame.f_code.co_qualname}"] += 1


def by_function(train: Train, problem: Problem) -> Counter[tuple[str, str]]:
    """Return the calls and tensor operations of ``STEPS`` steps, by kind and name."""
    found: Counter[tuple[str, str]] = Counter()
    for window in (Calls(), Operations()):
        with window:
            train(problem, LAST + 1, window.paced)
        found += window.kept
    found["python", f"count.py:{Window.paced.__qualname__}"] -= STEPS  # the measuring itself
    return found


def count(train: Train, problem: Problem) -> Counts:
    """Return what a step of a peer costs."""
    found = by_function(train, problem)
    sums = {kind: sum(n for (k, _), n in found.items() if k == kind) / STEPS for kind in ("python", "c", "operation")}
    return Counts(sums["python"], sums["c"], sums["operation"])


def counted(name: str, batch: int = 64) -> dict[str, Counts]:
    """Return the counts of a peer on each model, from a process of its own."""
    found = answer("benchmarks.count", name, str(batch))
    return {model: Counts(**counts) for model, counts in found.items()}


def extra(name: str, model: str) -> list[tuple[float, str, str]]:
    """Return (times a step, kind, function) of what a peer does more, or less, than the hand-written loop."""
    problem = small(model)
    theirs = by_function(find("bare"), problem)  # first: see above
    mine = by_function(find(name), problem)
    mine.subtract(theirs)
    return [(n / STEPS, kind, function) for (kind, function), n in mine.most_common() if n]


def small(model: str, batch: int = 4) -> Problem:
    """Return the training that is counted, 90 steps long; a batch's size matters to who handles samples one by one."""
    return Problem(model, batch=batch, samples=150 * batch)


if __name__ == "__main__":
    train, size = find(sys.argv[1]), int(sys.argv[2])
    print(json.dumps({model: asdict(count(train, small(model, size))) for model in MODELS}))
