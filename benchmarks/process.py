"""A measurement in a process of its own, because some peers change what others do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def environment() -> dict[str, str]:
    """Return the environment of a process that is measured: this checkout's modules, one thread."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def answer(module: str, *words: str) -> Any:
    """Run a module and return the JSON of the last line that it prints.

    Raises:
        RuntimeError: It failed; the message has what it said.
    """
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])
