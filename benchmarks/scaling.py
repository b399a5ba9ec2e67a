"""From one process to two, at the same batch: ours by the word ``hardware.processes=2``, and a script for torchrun.

All four take turns, and what is compared is always the two of a round. A process has one thread. Samples a second are
those of the training alone: starting processes, evaluation and saving are left out of all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from statistics import median

import torch

from benchmarks.command import command
from benchmarks.lockstep import quartiles
from benchmarks.problem import Problem
from benchmarks.process import answer
from benchmarks.report import Table, spread

EPOCHS = 3
CPU = Problem("cnn", side=28, batch=128, samples=8000)
GPU = Problem("cnn", side=28, batch=8192, samples=800_000, device="cuda")
NONE = "not measured: fewer than two GPUs on this machine"
TORCHRUN = ("torch.distributed.run", "--standalone", "--nproc-per-node={}", "-m", "benchmarks.bare_ddp")


@dataclass(frozen=True)
class Sample:
    """What one training came to."""

    rate: float
    """Samples a second, over all processes."""
    loss: float
    """The mean of the last epoch: that it is the same training."""


def ours(problem: Problem, processes: int, epochs: int) -> Sample:
    """Train with our command; its tracking, which is a process of its own, is left out on two CPUs."""
    words = [word for word in problem.overrides() if not word.startswith("epochs=")]
    several = [f"hardware.processes={processes}"] if processes > 1 else []
    outcome = command(*words, f"epochs={epochs}", "hardware.threads=1", "~callback.mlflow", *several)
    losses = [row["train/loss"] for row in outcome.rows if "train/loss" in row]
    return Sample(outcome.summary["samples_per_second"], losses[-1])


def bare(problem: Problem, processes: int, epochs: int) -> Sample:
    """Train with the hand-written script."""
    module, *words = [word.format(processes) for word in TORCHRUN] if processes > 1 else ["benchmarks.bare_ddp"]
    found = answer(module, *words, json.dumps(asdict(problem)), str(epochs))
    return Sample(found["samples_per_second"], found["loss"])


WHO: dict[str, Callable[[Problem, int, int], Sample]] = {"bare, torchrun": bare, "runner": ours}


def compare(title: str, problem: Problem, rounds: int, epochs: int) -> Table:
    """Train in turns with one process and with two."""
    table = Table(
        title,
        f"{problem.model_name}, {problem.side}x{problem.side} images, batch {problem.batch} in all; {epochs} epochs of "
        f"{problem.total} steps, {rounds} rounds in turns; median (quartiles).",
        ["who", "samples/s, 1 process", "samples/s, 2 processes", "2 over 1", "loss, 1 process", "loss, 2 processes"],
    )
    samples: dict[str, list[tuple[Sample, Sample]]] = {name: [] for name in WHO}
    for _ in range(rounds):
        for name, train in WHO.items():
            samples[name].append((train(problem, 1, epochs), train(problem, 2, epochs)))
    for name, pairs in samples.items():
        table.add(
            name,
            *(f"{median(pair[at].rate for pair in pairs):,.0f}" for at in (0, 1)),
            spread(quartiles([two.rate / one.rate for one, two in pairs])),
            *(f"{median(pair[at].loss for pair in pairs):.4f}" for at in (0, 1)),
        )
    return table


def tables(rounds: int, problem: Problem = CPU, epochs: int = EPOCHS) -> Iterator[Table]:
    """Yield a table for CPUs and one for GPUs."""
    yield compare("From 1 to 2 processes, CPU", problem, rounds, epochs)
    title = "From 1 to 2 processes, GPUs"
    if torch.cuda.device_count() >= 2:
        yield compare(title, GPU, rounds, epochs)
    else:
        table = Table(title, "One process for each GPU.", ["who"])
        table.add(NONE)
        yield table
