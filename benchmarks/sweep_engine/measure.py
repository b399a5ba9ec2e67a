"""What a program and everything that it starts take: processor time, time, and when its trials began and ended."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ORPHANS = 36
"""PR_SET_CHILD_SUBREAPER of Linux' prctl(2): processes whose parent has gone become ours, with what they took."""
LINGERING = 20.0
"""Seconds for which processes may outlive the program that started them; then they are ended."""


@dataclass(frozen=True)
class Spent:
    """What a program took.

    Attributes:
        cpu: Seconds of processors, of it and of everything that it started.
        wall: Seconds.
        span: Seconds from the beginning of its first trial to the end of its last.
        trials: How many trials it did.
    """

    cpu: float
    wall: float
    span: float
    trials: int


def spent(command: Sequence[str], environment: Mapping[str, str], sleep: str = "0") -> Spent:
    """Run a program in an empty folder.

    Args:
        command: The program.
        environment: Its variables.
        sleep: What a trial does: see ``benchmarks.sweep_engine.trial``.

    Raises:
        RuntimeError: It failed; the message has what it said.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(ORPHANS, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        times = Path(folder) / "times"
        variables = {**environment, "SWEEP_SLEEP": sleep, "SWEEP_TIMES": str(times), "SWEEP_NAME": "bench"}
        others, before, begun = children(), resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
        wall = time.monotonic() - begun
        collect(others)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}")
        rows = [tuple(map(float, line.split())) for line in times.read_text(encoding="utf-8").splitlines()]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(cpu, wall, max(end for _, end in rows) - min(begin for begin, _ in rows), len(rows))


def children() -> set[int]:
    """Return the processes whose parent this one is."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(path.read_text(encoding="utf-8").rpartition(")")[2].split()[1]) == os.getpid():
                found.add(int(path.parent.name))
    return found


def collect(others: set[int]) -> None:
    """Wait for processes that were left behind, so that what they took is counted.

    Args:
        others: Children that were there before.
    """
    until = time.monotonic() + LINGERING
    while left := children() - others:
        for pid in left:
            os.waitpid(pid, os.WNOHANG)
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
