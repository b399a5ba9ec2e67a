"""Several local processes that work together for a few seconds: started, waited for, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import IO

from runner.child import modules


class Failed(Exception):
    """One of the processes failed, or they took too long; the message says which and why."""


def together(commands: Sequence[Sequence[str]], limit: float) -> list[str]:
    """Run commands at the same time; return what each has printed, in their order.

    When this returns, or raises, none of them is running any more. One that fails ends the others.

    Args:
        commands: Programs and their arguments.
        limit: Seconds until they are killed.

    Raises:
        Failed: One ended with another code than 0, or the time was up.
    """
    with ExitStack() as stack:
        outputs = [stack.enter_context(tempfile.TemporaryFile()) for _ in commands]
        errors = [stack.enter_context(tempfile.TemporaryFile()) for _ in commands]
        children: list[subprocess.Popen[bytes]] = []
        try:
            for command, output, error in zip(commands, outputs, errors, strict=True):
                child = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=error, env=environment()
                )
                children.append(child)
            watch(children, errors, limit)
        finally:
            for child in children:
                child.kill()
            for child in children:
                child.wait()
        return [content(output) for output in outputs]


def watch(children: Sequence[subprocess.Popen[bytes]], errors: Sequence[IO[bytes]], limit: float) -> None:
    """Return when all have ended well; raise ``Failed`` as soon as one has not, or the time is up."""
    until = time.monotonic() + limit
    while True:
        codes = [child.poll() for child in children]
        for number, code in enumerate(codes):
            if code:
                said = content(errors[number]).strip().splitlines()
                how = f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
                raise Failed(f"process {number}: {said[-1][:300] if said and code > 0 else how}")
        if None not in codes:
            return
        if time.monotonic() > until:
            waiting = " and ".join(str(number) for number, code in enumerate(codes) if code is None)
            raise Failed(f"no answer of process {waiting} within {limit:g} s")
        time.sleep(0.02)


def content(file: IO[bytes]) -> str:
    """Return all that was written to a file."""
    file.seek(0)
    return file.read().decode(errors="replace")


def python(module: str, *words: str) -> list[str]:
    """Return the command that runs a module of this package in a process of its own."""
    return [sys.executable, "-P", "-m", module, *words]


def environment() -> dict[str, str]:
    """Return the environment of the children: the same modules, and one thread, for all share the processors."""
    return {**os.environ, "PYTHONPATH": modules(), "OMP_NUM_THREADS": "1"}
