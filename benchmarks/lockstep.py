"""Time per step, measured in turns with the hand-written loop, so that a busy machine is busy for both.

Both train in one process, each in a thread of its own, and only one of them moves at a time: a turn of some steps,
then the other's turn. What is compared is always a turn with the turn beside it. Each pair is a process of its own
(``python -m benchmarks.lockstep PEER MODEL ROUNDS``). Ours keeps torch's compiler out of the optimizer's methods for
the whole process, so beside ours the hand-written loop is a little faster than it is alone.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from statistics import quantiles

import torch

from benchmarks.peers import Train, find
from benchmarks.problem import Item, Problem
from benchmarks.process import answer

TIMED = {
    "mlp": (Problem("mlp", side=28, batch=64, samples=16000), 15),
    "cnn": (Problem("cnn", side=16, batch=32, samples=4000), 5),
    "lstm": (Problem("lstm", side=28, batch=64, samples=8000), 5),
}
"""Model: the training that is timed, and the steps of a turn."""

ONE_HEAP = {"MALLOC_ARENA_MAX": "1"}
"""With a heap for each thread, glibc gives one of two LSTMs its memory anew at each step: 1.4 times the time."""


@dataclass
class Runner:
    """A training that moves only when it is told to."""

    train: Train
    problem: Problem
    turn: int
    """Steps of a turn."""
    turns: list[tuple[float, float]] = field(default_factory=list)
    """(wall, CPU) seconds of each turn."""
    error: BaseException | None = None
    over: bool = False

    def __post_init__(self) -> None:
        self.go, self.done = threading.Semaphore(0), threading.Semaphore(0)
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self) -> None:
        self.go.acquire()
        torch.set_num_threads(1)
        try:
            self.train(self.problem, self.problem.total, self.paced)
        except BaseException as error:
            self.error = error
        self.over = True
        self.done.release()

    def paced(self, batches: Iterable[Item]) -> Iterator[Item]:
        """Yield the batches, waiting for a turn before each ``turn`` of them."""
        begun = None
        for number, batch in zip(count(), batches, strict=False):
            if number % self.turn == 0:
                if begun is not None:
                    self.turns.append((time.perf_counter() - begun[0], time.thread_time() - begun[1]))
                self.done.release()
                self.go.acquire()
                begun = time.perf_counter(), time.thread_time()
            yield batch

    def move(self) -> None:
        """Let it do one turn, or what comes before the first one or after the last."""
        if not self.over:
            self.go.release()
            self.done.acquire()
        if self.error is not None:
            raise self.error


@dataclass(frozen=True)
class Ratio:
    """Quartiles over the turns, and what the hand-written loop takes."""

    bare: float
    """Its milliseconds per step, CPU."""
    wall: tuple[float, float, float]
    cpu: tuple[float, float, float]
    """Times the hand-written loop."""
    over: tuple[float, float, float]
    """Microseconds of CPU per step more than the hand-written loop."""
    pairs: int


def compared(name: str, model: str, rounds: int) -> Ratio:
    """Compare a peer with the hand-written loop, in a process of their own."""
    return Ratio(**answer("benchmarks.lockstep", name, model, str(rounds), **ONE_HEAP))


def compare(name: str, model: str, rounds: int) -> Ratio:
    """Train a peer and the hand-written loop ``rounds`` times side by side."""
    problem, turn = TIMED[model]
    pairs = []
    for _ in range(rounds):
        sides = [Runner(find("bare"), problem, turn), Runner(find(name), problem, turn)]
        number = 0
        while not all(side.over for side in sides):
            for side in sides if number % 2 else reversed(sides):
                side.move()
            number += 1
        pairs += list(zip(sides[0].turns[1:], sides[1].turns[1:], strict=True))  # the first turn warms up
    wall = [peer[0] / bare[0] for bare, peer in pairs]
    cpu = [peer[1] / bare[1] for bare, peer in pairs]
    over = [(peer[1] - bare[1]) / turn * 1e6 for bare, peer in pairs]
    middle = sorted(bare[1] for bare, _ in pairs)[len(pairs) // 2]
    return Ratio(middle / turn * 1e3, quartiles(wall), quartiles(cpu), quartiles(over), len(pairs))


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """Return the median, and the quartiles around it."""
    low, middle, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return middle, low, high


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(asdict(compare(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
