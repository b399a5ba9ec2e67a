"""Whether this process was started together with others, and how it leaves them; nothing heavy is imported for that."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

NAMES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "SLURM_STEP_NUM_TASKS")
"""Environment: what makes a process look for others to train with. Read whole by ``runner.hardware.place``."""


def in_company() -> bool:
    """Tell whether torchrun, Slurm or Kubernetes has started this process together with others."""
    return max(int(os.environ.get(name, "1")) for name in ("WORLD_SIZE", "SLURM_STEP_NUM_TASKS")) > 1


def speaks() -> bool:
    """Tell whether this process is the one that tells what all of them have found."""
    return not in_company() or "0" in (os.environ.get("RANK"), os.environ.get("SLURM_PROCID"))


def leave(code: int) -> NoReturn:
    """End one of several processes at once.

    What a usual end does besides, waiting for the others and taking torch's connections and threads apart, could take
    for ever, or abort.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
