"""A callback that notes when the first step is done, and ends the process there: for measuring start-up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.startup import leave
from runner.callback.base import Callback

if TYPE_CHECKING:
    from runner.loop import Run


class Probe(Callback):
    """Write the time and the process's CPU time after the first step, and leave at once.

    Args:
        file: Where to write them.
    """

    def __init__(self, file: str) -> None:
        self.file = Path(file)

    def step(self, run: Run) -> None:
        child = getattr(run.callbacks.get("mlflow"), "child", None)
        leave(self.file, follower=child.pid if child else None)
