"""What every test shares: one thread for torch, and the program as a user runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported: two threads on two shared cores only disturb

ROOT = Path(__file__).parent.parent


@pytest.fixture
def cli(tmp_path):
    """Run ``python -m runner WORDS...`` in an empty folder."""

    def run(*words, timeout=120, **variables):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
        command = [sys.executable, "-m", "runner", *words]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=timeout, check=False
        )

    return run
