"""What tracking costs a step, beside a store that is well and beside one that is not.

A run with tracking and one without train in one process and take turns, as in ``lockstep``, so that a busy machine is
busy for both; the process that feeds the store is real, and so is the server, behind a road that fails. What cannot be
disturbed at all are the counts: calls of functions, reads and writes, and waits, from a step to a later one. Every
fault is a process of its own: ``python -m benchmarks.tracking FAULT SECONDS``. Needs the tests' packages.
"""

from __future__ import annotations

import json
import resource
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import torch
from torch import nn

from benchmarks.count import FIRST, LAST, STEPS, count, small
from benchmarks.lockstep import TIMED, Runner, quartiles
from benchmarks.ours import STARTED, Paced, prepared
from benchmarks.problem import Item, Pace, Problem, unpaced
from benchmarks.process import answer
from benchmarks.report import Table, spread
from runner.callback.mlflow import MLflow
from runner.loop import Run, train_epoch

CONTROL = "none: without tracking, twice"
WELL = ("sqlite, the default", "a server that is well")
FAULTS: dict[str, Callable[[int], str] | None] = {
    "no server": None,
    "a server that hangs": lambda number: "hang",
    "a server that answers 500": lambda number: "500",
    "a server that takes 2 s": lambda number: "2",
    "a server that dies": lambda number: "" if number < 12 else "reset",
    "a server that loses answers": lambda number: "lose" if number % 4 == 3 else "",
    "sqlite, locked": None,
    "sqlite, made by two runs at once": None,
}
MODEL = "mlp"
"""The one with the shortest steps, of which anything that is done besides is the greatest part."""


Pair = tuple[tuple[float, float], tuple[float, float]]
"""(wall, CPU) seconds of a turn without tracking, and of the one beside it, with tracking."""


@dataclass(frozen=True)
class Cost:
    """What tracking costs, beside the same run without it."""

    calls: float
    """Calls of functions per step more."""
    waits: float
    """Times per step more that the kernel let the process wait."""
    files: float
    """Reads and writes per step more."""
    cpu: tuple[float, float, float]
    """Speed by CPU time, times that without tracking: quartiles over the turns."""
    wall: tuple[float, float, float]
    undisturbed: tuple[float, float]
    """The same (by CPU, by wall time) of the fastest tenth of the turns of each: whatever else the machine does, these
    were left alone."""
    pairs: int
    beside: float
    """Share of a core that the process beside took."""


class Tracked:
    """Our loop on a run that is tracked, or not, until it has trained for some seconds.

    Args:
        uri: The store; None: no tracking.
        seconds: For how long at least; None: one epoch.
    """

    def __init__(self, uri: str | None, seconds: float | None = None) -> None:
        self.uri, self.seconds = uri, seconds
        self.beside = 0.0

    def __call__(self, problem: Problem, steps: int, pace: Pace = unpaced) -> nn.Module:
        words = ["~callback.mlflow"] if self.uri is None else [f"callback.mlflow.uri={self.uri}"]
        with TemporaryDirectory(ignore_cleanup_errors=True) as root:
            folder = Path(root) / "outputs" / "run"
            folder.mkdir(parents=True)
            (folder / "config.yaml").write_text(json.dumps({"callback": {"mlflow": {"log_model": False}}}))
            run = prepared(problem, folder, "epochs=10000", *words)
            run.batches["train"].count = steps
            with self.followed(run):
                self.train(run if pace is unpaced else paced(run, pace))
            for name in reversed(STARTED):
                run.callbacks[name].close(run)
            return run.model

    def train(self, run: Run) -> None:
        begun = time.monotonic()
        while True:
            train_epoch(run)
            if self.seconds is None or time.monotonic() - begun > self.seconds:
                return
            run.epoch, run.batch, run.seen = run.epoch + 1, 0, 0
            run.total.zero_()

    @contextmanager
    def followed(self, run: Run) -> Iterator[None]:
        """Have the process beside the run run, and measure it."""
        if self.uri is None:
            yield
            return
        callback = run.callbacks["mlflow"]
        assert isinstance(callback, MLflow)
        begun = time.monotonic()
        callback.start(run)
        assert callback.child is not None
        assert callback.child.process is not None
        try:
            yield
            assert callback.child.process.poll() is None, (run.folder / "tracking.log").read_text()
            times = psutil.Process(callback.child.process.pid).cpu_times()
            self.beside = (times.user + times.system) / (time.monotonic() - begun)
        finally:
            callback.child.end()


def paced(run: Run, pace: Pace) -> Run:
    return replace(run, batches={**run.batches, "train": Paced(run.batches["train"], pace)})


class Kernel:
    """What the kernel counts of this thread between the steps ``FIRST`` and ``LAST``."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def paced(self, batches: Iterable[Item]) -> Iterator[Item]:
        for number, batch in enumerate(batches):
            if number in (FIRST, LAST):
                said = Path("/proc/thread-self/io").read_text().split()
                io = int(said[said.index("syscr:") + 1]) + int(said[said.index("syscw:") + 1])
                self.seen.append((resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw, io))
            yield batch

    def per_step(self) -> tuple[float, float]:
        """Return (waits, reads and writes)."""
        (waits, io), (later_waits, later_io) = self.seen
        return (later_waits - waits) / STEPS, (later_io - io) / STEPS


def kernel(train: Tracked) -> tuple[float, float]:
    """Return what a step of a run waits, reads and writes."""
    seen = Kernel()
    train(small(MODEL), LAST + 1, seen.paced)
    return seen.per_step()


def cost(uri: str | None, seconds: float) -> Cost:
    """Measure what a store costs."""
    found = [turns(uri, seconds / 2, first) for first in (False, True)]  # whose memory comes first may matter
    pairs = [pair for more, _ in found for pair in more]
    calls = [count(Tracked(where), small(MODEL)).calls for where in (None, uri)]
    (waits, io), (more_waits, more_io) = kernel(Tracked(None)), kernel(Tracked(uri))
    return Cost(
        calls=calls[1] - calls[0],
        waits=more_waits - waits,
        files=more_io - io,
        cpu=quartiles([before[1] / after[1] for before, after in pairs]),
        wall=quartiles([before[0] / after[0] for before, after in pairs]),
        undisturbed=(fastest(pairs, 1), fastest(pairs, 0)),
        pairs=len(pairs),
        beside=sum(beside for _, beside in found) / len(found),
    )


def turns(uri: str | None, seconds: float, first: bool) -> tuple[list[Pair], float]:
    """Return the turns of a run without tracking and of one with it, and the share of a core beside them.

    Args:
        uri: The store.
        seconds: For how long.
        first: Whether the tracked one is made first.
    """
    problem, turn = TIMED[MODEL]
    tracked = Tracked(uri, seconds)
    runs = [tracked, Tracked(None, seconds)] if first else [Tracked(None, seconds), tracked]
    sides = [Runner(run, problem, turn) for run in runs]
    number = 0
    while not any(side.over for side in sides):
        for side in sides if number % 2 else reversed(sides):
            side.move()
        number += 1
    while not all(side.over for side in sides):
        for side in sides:
            side.move()
    off, on = reversed(sides) if first else sides
    return list(zip(off.turns[1:], on.turns[1:], strict=False))[: number - 2], tracked.beside


def fastest(pairs: Sequence[Pair], which: int) -> float:
    """Return the speed of the second of two, times that of the first, by the fastest tenth of the turns of each."""
    first, second = (sorted(pair[side][which] for pair in pairs) for side in (0, 1))
    tenth = max(1, len(pairs) // 10)
    return sum(first[:tenth]) / sum(second[:tenth])


@contextmanager
def store(name: str) -> Iterator[str | None]:
    """Yield the address of a store that has a fault, or is well; None if nothing is tracked."""
    if name == CONTROL:
        yield None
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        file = f"sqlite:///{folder}/outputs/mlflow.db"
        if name == "no server":
            with closing(socket.socket()) as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            yield f"http://127.0.0.1:{port}"
            return
        if name.startswith("sqlite"):
            if name == "sqlite, locked":
                from runner.tracking.store import connect

                connect(file, "runner")
                holder = stack.enter_context(closing(sqlite3.connect(file.removeprefix("sqlite:///"))))
                holder.execute("BEGIN EXCLUSIVE")
            if name == "sqlite, made by two runs at once":
                code = f"from runner.tracking.store import connect; connect({file!r}, 'another'); input()"
                other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
                stack.callback(other.wait)
                stack.callback(other.kill)
            yield file
            return
        server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.tracking", "road", name, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(server.wait)
        assert server.stdin is not None
        assert server.stdout is not None
        stack.callback(server.stdin.close)
        yield server.stdout.readline().strip()


def road(name: str, folder: Path) -> None:
    """Be a server with a fault until standard input ends; its address is the first line that is printed."""
    from tests.faults.flaky import Road, serving

    with serving(folder) as said, closing(Road(said["url"])) as made:
        fault = FAULTS.get(name)
        made.fault = fault if fault is not None else lambda number: ""
        print(made.url, flush=True)
        sys.stdin.read()


def tables(rounds: int) -> Iterator[Table]:
    """Measure every store."""
    seconds = 20 * rounds
    table = Table(
        "Tracking, beside the same run without it",
        f"The MLP of the table of times; {seconds} s of turns of {TIMED[MODEL][1]} steps, the two runs in one process; "
        "speed: median (quartiles) over the pairs of turns, and of the fastest tenth of the turns of each, which other "
        "processes have disturbed least. Counts are of the process that trains, and exact.",
        [
            "store",
            "pairs",
            "calls/step more",
            "waits/step more",
            "reads and writes/step more",
            "speed by CPU, × off",
            "fastest tenth, CPU",
            "fastest tenth, wall",
            "process beside, % of a core",
        ],
    )
    for name in [CONTROL, *WELL, *FAULTS]:
        found = Cost(**answer("benchmarks.tracking", name, str(seconds)))
        exact = [f"{value:+.2f}" for value in (found.calls, found.waits, found.files)]
        speeds = [f"{value:.3f}" for value in found.undisturbed]
        table.add(name, found.pairs, *exact, spread(found.cpu, 3), *speeds, f"{100 * found.beside:.0f}")
    yield table


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "road":
        road(sys.argv[2], Path(sys.argv[3]))
    else:
        with store(sys.argv[1]) as address:
            print(json.dumps(asdict(cost(address, float(sys.argv[2])))))
