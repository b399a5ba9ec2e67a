"""How long it takes to 94 % on Fashion-MNIST: the time that counts, evaluation in it.

Every peer does the same training of some epochs, in a process of its own (``python -m benchmarks.accuracy PEER WORK``),
and looks at the held-out images after each. Ours is the real command with everything on: tracking, records,
checkpoints. The clock starts with the first batch, for ours when its parts have been built; reading the data and
starting up are in neither.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from statistics import median
from typing import Any

import torch
from torch import nn

from benchmarks.command import command
from benchmarks.gpu import NONE, SMALL
from benchmarks.peers import DEVICE, find, installed
from benchmarks.problem import Item
from benchmarks.process import answer
from benchmarks.report import ABSENT, Table
from benchmarks.work import Work

TARGET = 0.94
FASHION: dict[str, Any] = {"pictures": "fashion_mnist", "side": 28, "channels": 1}
WORKS = {
    "resnet18": Work("resnet18", batch=256, epochs=16, rate=0.2, **FASHION),
    "airbench": Work("airbench", batch=512, epochs=16, rate=0.4, **FASHION),
}


@dataclass(frozen=True)
class Curve:
    """How a training went."""

    seconds: list[float]
    """At the end of each epoch, evaluation included."""
    valid: list[float]
    """Share of the held-out images that were classified rightly, after each epoch."""
    test: float
    """Of the test images, at the end; ours: with the best weights by the held-out ones."""

    def reached(self, target: float) -> int | None:
        """Return the first epoch, from 0, that came to the target."""
        return next((epoch for epoch, share in enumerate(self.valid) if share >= target), None)


@dataclass(frozen=True)
class Watched(Work):
    """A training whose model is looked at from outside."""

    models: list[nn.Module] = field(default_factory=list, hash=False, compare=False)

    def model(self) -> nn.Module:
        self.models.append(super().model())
        return self.models[-1]


class Watch:
    """Evaluates between two batches wherever an epoch ends: the same for all."""

    def __init__(self, work: Watched) -> None:
        self.work = work
        self.seconds: list[float] = []
        self.valid: list[float] = []

    def __call__(self, batches: Iterable[Item]) -> Iterator[Item]:
        self.begun = time.perf_counter()
        for number, batch in enumerate(batches):
            if number and number % self.work.steps == 0:
                self.look()
            yield batch

    def look(self) -> None:
        """Evaluate, which waits for the device."""
        self.valid.append(self.work.accuracy(self.work.models[-1], "valid"))
        self.seconds.append(time.perf_counter() - self.begun)


def peer(name: str, work: Watched) -> Curve:
    """Train with a peer and return how it went."""
    torch.backends.cudnn.benchmark = True
    watch = Watch(work)
    assert work.batches  # the data is read before the clock starts
    model = find(name, DEVICE)(work, work.total, watch)
    watch.look()  # some frameworks do not ask whether there is another batch after the last
    return Curve(watch.seconds, watch.valid, work.accuracy(model, "test"))


def ours(work: Work) -> Curve:
    """Train with the real command and return how it went."""
    outcome = command(*work.overrides())
    epochs = [row for row in outcome.rows if "valid/accuracy" in row]
    seconds = [sum(row["seconds"] for row in epochs[: number + 1]) for number in range(len(epochs))]
    test: float = outcome.summary["metrics"]["final"]["test/accuracy"]
    return Curve(seconds, [row["valid/accuracy"] for row in epochs], test)


def tables(rounds: int, small: bool = False) -> Iterator[Table]:
    """Yield a table for each model."""
    for name, work in WORKS.items():
        target = TARGET
        if small:
            work, target = replace(SMALL, model_name=work.model_name, epochs=2), 0.1
        table = Table(
            f"Time to 94 % on Fashion-MNIST, {name}",
            f"{work.epochs} epochs, batch {work.batch}, bfloat16, shifted by up to {work.crop} pixels and mirrored, "
            f"one cycle of SGD with momentum up to {work.rate}; the accuracy of held-out images decides; {rounds} "
            "rounds, median.",
            ["who", "epochs to 94 %", "seconds to 94 %", "seconds in all", "held-out, best", "test"],
        )
        if not torch.cuda.is_available() and not small:
            table.add(NONE)
            yield table
            continue
        for who in DEVICE:
            if not installed(who):
                table.add(who, ABSENT)
                continue
            curves = [once(who, replace(work, seed=number)) for number in range(rounds)]
            reached = [curve.reached(target) for curve in curves]
            there = [(at, curve.seconds[at]) for at, curve in zip(reached, curves, strict=True) if at is not None]
            missed = f" ({len(curves) - len(there)} of {rounds} did not)" if len(there) < rounds else ""
            table.add(
                who,
                (f"{median(epoch + 1 for epoch, _ in there):g}" if there else "never") + missed,
                f"{median(seconds for _, seconds in there):.1f}" if there else "",
                f"{median(curve.seconds[-1] for curve in curves):.1f}",
                f"{median(max(curve.valid) for curve in curves):.4f}",
                f"{median(curve.test for curve in curves):.4f}",
            )
        yield table


def once(who: str, work: Work) -> Curve:
    """Return one training."""
    if who == "runner":
        return ours(work)
    return Curve(**answer("benchmarks.accuracy", who, json.dumps(asdict(work))))


if __name__ == "__main__":
    print(json.dumps(asdict(peer(sys.argv[1], Watched(**json.loads(sys.argv[2]))))))
