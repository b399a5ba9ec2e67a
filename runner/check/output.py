"""Whether a run could write where it will, and read what it names: found out without creating anything."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from runner.check.problem import Problem
from runner.folder import OUTPUTS


def check_output(folder: Path = OUTPUTS) -> Iterator[Problem]:
    """Check that a folder can be made and written."""
    nearest = folder.absolute()
    while not nearest.exists() and not nearest.is_symlink():
        nearest = nearest.parent
    if not nearest.is_dir():
        yield Problem(f"{nearest} is in the way: runs are written to the folder {folder}", str(nearest))
    elif not os.access(nearest, os.W_OK | os.X_OK):
        yield Problem(f"{nearest} cannot be written: runs go to {folder}", str(nearest))


def check_weights(weights: object) -> Iterator[Problem]:
    """Check that the file of ``model.weights`` is there; a run that goes on no longer needs it."""
    if isinstance(weights, str) and not Path(weights).is_file():
        yield Problem(f"model.weights={weights}: neither a file nor a run", key="model.weights")
