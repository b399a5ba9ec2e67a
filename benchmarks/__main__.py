"""``python -m benchmarks [--only counts|time|inputs|startup|tracking|scaling|gpu|...] [--rounds N] [--write]``"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from statistics import median

import torch

from benchmarks import accuracy, gpu, inputs, lockstep, scaling, startup, tracking
from benchmarks.count import FIRST, LAST, counted
from benchmarks.equal import differences, equal
from benchmarks.peers import MODULES, installed
from benchmarks.problem import MODELS, Problem
from benchmarks.report import ABSENT, Table, machine, spread, write


def counts(rounds: int) -> Iterator[Table]:
    """Count the calls and the tensor operations of a step."""
    present = [name for name in MODULES if installed(name)]
    found = {name: counted(name) if name in present else None for name in MODULES}
    apart = {name: differences(name) for name in present}
    for model in MODELS:
        table = Table(
            f"Counts per step, {model}",
            f"Batch 64; steps {FIRST} to {LAST} of an epoch, with what is done every 50; exact and repeatable, "
            "but for a bar that is drawn by the clock. The weights are those after an epoch, beside those of bare.",
            ["peer", "Python calls", "C calls", "both, over bare", "tensor operations", "over bare", "weights"],
        )
        bare = found["bare"]
        for name, of in found.items():
            if of is None or bare is None:
                table.add(name, ABSENT)
                continue
            mine, base = of[model], bare[model]
            calls, operations = mine.calls - base.calls, mine.operations - base.operations
            table.add(
                name,
                f"{mine.python:.1f}",
                f"{mine.c:.1f}",
                f"{calls:+.1f}",
                f"{mine.operations:.2f}",
                f"{operations:+.2f}",
                f"within {apart[name][model]:.0e}" if apart[name][model] else "same bits",
            )
        others = {name: of[model] for name, of in found.items() if of is not None and name not in ("bare", "runner")}
        ours = found["runner"]
        if ours is not None and others:
            above = [name for name, of in others.items() if not ours[model].below(of)]
            table.note += (
                f" Ours is not below {', '.join(above)}." if above else " Ours is below every peer on each count."
            )
        yield table


def times(rounds: int) -> Iterator[Table]:
    """Time the steps in turns with the hand-written loop."""
    for model, (problem, turn) in lockstep.TIMED.items():
        table = Table(
            f"Time per step, {model}",
            f"Batch {problem.batch}, images {problem.side}x{problem.side}; turns of {turn} steps in one process, "
            f"{rounds} epochs of {problem.total} steps; median (quartiles) over the pairs of turns.",
            ["peer", "pairs", "bare, ms/step CPU", "× bare, CPU", "× bare, wall", "over bare, µs/step CPU"],
        )
        for name in MODULES:
            if not installed(name):
                table.add(name, ABSENT)
                continue
            ratio = lockstep.compared(name, model, rounds)
            label = "bare again" if name == "bare" else name
            over = "{:.0f} ({:.0f}..{:.0f})".format(*ratio.over)
            table.add(label, ratio.pairs, f"{ratio.bare:.3f}", spread(ratio.cpu), spread(ratio.wall), over)
        yield table


def starts(rounds: int) -> Iterator[Table]:
    """Time the start of processes."""
    table = Table(
        "Start-up to the end of the first step",
        f"A process each, {rounds} rounds in turns; CPU of the process itself, without children; median (quartiles). "
        "The same MLP on the same data, but for the last row.",
        ["process", "CPU, s", "wall, s", "× import torch, CPU", "× import torch, wall"],
    )
    found = dict(startup.measure(rounds))
    base = found[startup.TORCH]
    for name, samples in found.items():
        cpu = [mine.cpu / torch.cpu for mine, torch in zip(samples, base, strict=True)]
        wall = [mine.wall / torch.wall for mine, torch in zip(samples, base, strict=True)]
        seconds = [f"{median(sample.cpu for sample in samples):.2f}", f"{median(s.wall for s in samples):.2f}"]
        table.add(name, *seconds, spread(lockstep.quartiles(cpu)), spread(lockstep.quartiles(wall)))
    for name in startup.PEERS:
        if name not in found:
            table.add(name, ABSENT)
    yield table


def quality(rounds: int) -> Iterator[Table]:
    """Search, by us and by Optuna used directly."""
    from benchmarks.sweep_quality.tables import tables  # what it imports is nothing to the other parts

    yield from tables(rounds)


PARTS: dict[str, Callable[[int], Iterator[Table]]] = {
    "counts": counts,
    "time": times,
    "inputs": inputs.tables,
    "startup": starts,
    "tracking": tracking.tables,
    "scaling": scaling.tables,
    "gpu": gpu.tables,
    "accuracy": accuracy.tables,
    "quality": quality,
}
ROUNDS = {
    "counts": 1,
    "time": 2,
    "inputs": 5,
    "startup": 5,
    "tracking": 1,
    "scaling": 3,
    "gpu": 3,
    "accuracy": 3,
    "quality": 20,
}
ASKED = ("quality",)
"""Parts that take an hour, and are done only if they are asked for."""


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = ArgumentParser(prog="python -m benchmarks", description="What the loop costs, beside others.")
    parser.add_argument("--only", choices=PARTS, help="one part")
    parser.add_argument("--rounds", type=int, help=f"repetitions; {ROUNDS} unless told")
    parser.add_argument("--write", action="store_true", help="write what was measured into benchmarks/RESULTS.md")
    given = parser.parse_args()
    torch.set_num_threads(1)
    print("\n".join(machine()), end="\n\n", flush=True)
    for model in MODELS:
        assert equal(Problem(model)), f"{model}: our loop and the hand-written one end with different weights"
    print("our loop and the hand-written one: the same bits after an epoch\n", flush=True)
    tables = []
    for name, part in PARTS.items():
        if given.only == name or (given.only is None and name not in ASKED):
            for table in part(given.rounds or ROUNDS[name]):
                print(table.text(), flush=True)
                tables.append(table)
    if given.write:
        print(f"written: {os.path.relpath(write(tables))}")


if __name__ == "__main__":
    main()
