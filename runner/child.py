"""Processes that this one starts: they find the same modules, and end with it. Nothing but the standard library."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path

DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux' prctl(2)."""


def modules() -> str:
    """Return the ``PYTHONPATH`` with which a child finds the modules that this process finds."""
    return os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path)


def die_with(parent: int) -> None:
    """Let this process be killed when its parent is no more, however that ended; at once if it already is.

    Args:
        parent: The parent's process id: who asks the system now may be told who has adopted it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        print("the process that started this one has gone", file=sys.stderr, flush=True)
        os._exit(1)


def die_with_parent() -> None:
    """Have the kernel end this process when the agent is killed: nobody would stop it."""
    die_with(int(os.environ.get("RUNNER_PARENT", os.getppid())))


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)
