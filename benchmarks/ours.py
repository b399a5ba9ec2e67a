"""Our real loop, on a run that is built from a composed configuration with the default callbacks.

The terminal is left out (a bar is drawn on terminals only) and the tracking store is not started: its callback is
there, but it watches no steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from hydra import compose, initialize_config_dir
from torch import nn

from benchmarks.problem import Pace, Problem, unpaced
from runner.build import build
from runner.dataset.batch import Batches
from runner.dataset.data import Batch
from runner.home import CONF
from runner.interrupt import Interrupt
from runner.loop import Run, train_epoch

STARTED = ("record", "checkpoint")


class Paced:
    """Batches that are held between two of them."""

    def __init__(self, batches: Batches, pace: Pace[Batch]) -> None:
        self.batches, self.pace = batches, pace

    def __call__(self, epoch: int, start: int) -> Iterator[Batch]:
        return iter(self.pace(self.batches(epoch, start)))


def prepared(problem: Problem, folder: Path, *words: str) -> Run:
    """Return a run that is ready for its first step; ``words`` come on top of those of the problem."""
    dropped = ["~callback.progress"]
    if find_spec("runner.callback.mlflow") is None:
        dropped.append("~callback.mlflow")
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", overrides=[*problem.overrides(), *dropped, *words])
    run = build(cfg, folder, Interrupt())
    for name in STARTED:
        run.callbacks[name].start(run)
    return run


def train(problem: Problem, steps: int, pace: Pace[Batch] = unpaced) -> nn.Module:
    """Train for ``steps`` updates of the first epoch and return the model."""
    with TemporaryDirectory() as folder:
        run = prepared(problem, Path(folder))
        run.batches["train"].count = steps
        paced = {**run.batches, "train": Paced(run.batches["train"], pace)}
        train_epoch(run if pace is unpaced else replace(run, batches=paced))
        for name in reversed(STARTED):
            run.callbacks[name].close(run)
        return run.model


PEERS = {"runner": train}
