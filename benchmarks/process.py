"""A measurement in a process of its own, because some peers change what others do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def environment(elsewhere: bool = False) -> dict[str, str]:
    """Return the environment of a process that is measured: one thread, and this checkout's modules.

    Args:
        elsewhere: It does not start in this checkout, which Python then has to be told of. Elsewhere only: a place
            more to look for modules in is work for those who look for some at each step.
    """
    path = [str(ROOT)] if elsewhere else []
    path += filter(None, [os.environ.get("PYTHONPATH")])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path), "OMP_NUM_THREADS": "1"}


def answer(module: str, *words: str, **variables: str) -> Any:
    """Run a module and return the JSON of the last line that it prints.

    Args:
        module: As after ``python -m``.
        words: Its arguments.
        variables: Of its environment, besides those of this process.

    Raises:
        RuntimeError: It failed; the message has what it said.
    """
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(
        command, cwd=ROOT, env={**environment(), **variables}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])
