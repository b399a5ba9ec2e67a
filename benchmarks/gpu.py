"""On a GPU: samples a second, the share of the peak that is used, and how long the device waits for data.

Each peer trains in a process of its own (``python -m benchmarks.gpu PEER WORK DEVICE``), one after another, ours and
the hand-written loop among them; what is compared is always a peer with the hand-written loop of the same round.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from statistics import median

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.command import command
from benchmarks.lockstep import quartiles
from benchmarks.peers import DEVICE, find, installed
from benchmarks.problem import Item
from benchmarks.process import answer
from benchmarks.report import ABSENT, Table, spread
from benchmarks.work import Work

FIRST, STEPS = 40, 120
"""Steps before those that are timed, while kernels are chosen and the chip warms up; and those that are."""
WORKS = {
    "resnet18": Work("resnet18", batch=512, samples=(FIRST + STEPS + 2) * 512 * 5 // 3),
    "airbench": Work("airbench", batch=1024, samples=(FIRST + STEPS + 2) * 1024 * 5 // 3),
}
SMALL = Work("airbench", side=25, channels=1, batch=4, samples=100, device="cpu")
"""The same in seconds on a CPU, to see that it runs."""
TINY = 3, 5
EPOCHS = 4
NONE = "not measured: no GPU on this machine"
Mark = float | torch.cuda.Event


@dataclass(frozen=True)
class Speed:
    """What one training came to."""

    rate: float
    """Samples a second."""
    flops: float
    """Operations a second of matrix products and convolutions."""
    wait: float
    """Share of the time between the end of a step and the beginning of the next one, on the device: input."""
    memory: float
    """GiB at the peak, as torch's allocator sees it."""


class Meter:
    """Times the steps ``first`` to ``first + steps`` of a training, without waiting for the device in between."""

    def __init__(self, device: torch.device, first: int, steps: int) -> None:
        self.device, self.first, self.last = device, first, first + steps
        self.marks: list[tuple[Mark, Mark]] = []
        self.begun = self.ended = 0.0

    def __call__(self, batches: Iterable[Item]) -> Iterator[Item]:
        """Yield the batches; what goes on between two of them is the peer's step."""
        source = iter(batches)
        for number in range(self.last + 1):
            if number == self.first:
                self.begun = self.now()
            if number == self.last:
                self.ended = self.now()
            before = self.mark()
            batch = next(source, None)
            if batch is None:
                break
            if self.first <= number < self.last:
                self.marks.append((before, self.mark()))
            yield batch

    def now(self) -> float:
        """Return the time at which the device has done all that it was given."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.perf_counter()

    def mark(self) -> Mark:
        """Return what knows when the device came to here."""
        if self.device.type != "cuda":
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def wait(self) -> float:
        """Return the share of the time that went by between two steps."""
        return sum(seconds(before, after) for before, after in self.marks) / (self.ended - self.begun)


def seconds(before: Mark, after: Mark) -> float:
    """Return the time between two marks, both of them past."""
    if isinstance(before, float) or isinstance(after, float):
        assert isinstance(before, float)
        assert isinstance(after, float)
        return after - before
    return float(before.elapsed_time(after)) / 1e3


def measure(name: str, work: Work, first: int, steps: int) -> Speed:
    """Train with a peer and return what it came to."""
    device = torch.device(work.device)
    if name != "runner":  # ours is told by its words
        torch.backends.cudnn.benchmark = True
    meter = Meter(device, first, steps)
    find(name, DEVICE)(work, first + steps + 1, meter)
    memory = torch.cuda.max_memory_allocated(device) / 2**30 if work.half else 0.0
    rate = steps * work.batch / (meter.ended - meter.begun)
    return Speed(rate, rate * flops(work), meter.wait(), memory)


def flops(work: Work) -> float:
    """Return the operations of forward and backward over one picture: twice the multiply-accumulates."""
    model, pictures = work.model().float(), torch.zeros(2, *work.shape, device=work.device)
    with FlopCounterMode(display=False) as counter:
        model(pictures).sum().backward()
    return float(counter.get_total_flops()) / 2


def peak(device: torch.device, size: int = 8192, rounds: int = 30) -> float:
    """Return the operations a second of a large product of matrices in bfloat16: what the chip can do."""
    left, right = torch.randn(2, size, size, device=device, dtype=torch.bfloat16)
    best = 0.0
    for _ in range(rounds):
        begun = Meter(device, 0, 0).now()
        for _ in range(4):
            left @ right
        best = max(best, 4 * 2 * size**3 / (Meter(device, 0, 0).now() - begun))
    return best


def tables(rounds: int, small: bool = False) -> Iterator[Table]:
    """Yield a table for each model."""
    for name, work in WORKS.items():
        work = SMALL if small else work
        first, steps = TINY if small else (FIRST, STEPS)
        table = Table(
            f"On a GPU, {name}",
            f"{work.side}x{work.side}x{work.channels} pictures, batch {work.batch}, bfloat16, channels last; steps "
            f"{first} to {first + steps} of a process each, {rounds} rounds in turns; median (quartiles). MFU: share "
            "of the rate of a large bfloat16 product of matrices on the same chip.",
            ["who", "samples/s", "× bare", "MFU", "input, share of the time", "memory, GiB"],
        )
        if not torch.cuda.is_available() and not small:
            table.add(NONE)
            yield table
            continue
        best = peak(torch.device(work.device), *((64, 1) if small else ()))
        present = [peer for peer in DEVICE if installed(peer)]
        samples: dict[str, list[Speed]] = {peer: [] for peer in present}
        for _ in range(rounds):
            for peer in present:
                words = [peer, json.dumps(asdict(work)), str(first), str(steps)]
                samples[peer].append(Speed(**answer("benchmarks.gpu", *words)))
        for peer in DEVICE:
            if peer not in samples:
                table.add(peer, ABSENT)
                continue
            found = samples[peer]
            ratios = [mine.rate / bare.rate for mine, bare in zip(found, samples["bare"], strict=True)]
            middle = {field: median(getattr(one, field) for one in found) for field in asdict(found[0])}
            table.add(
                peer,
                f"{middle['rate']:,.0f}",
                spread(quartiles(ratios), 3),
                f"{middle['flops'] / best:.1%}",
                f"{middle['wait']:.1%}",
                f"{middle['memory']:.1f}",
            )
        whole = [command(*replace(work, epochs=EPOCHS).overrides()).summary for _ in range(rounds)]
        rate = median(summary["samples_per_second"] for summary in whole)
        table.add(f"runner, the whole command, {EPOCHS} epochs", f"{rate:,.0f}")
        yield table


if __name__ == "__main__":
    speed = measure(sys.argv[1], Work(**json.loads(sys.argv[2])), int(sys.argv[3]), int(sys.argv[4]))
    print(json.dumps(asdict(speed)))
