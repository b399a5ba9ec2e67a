"""Two real processes over gloo, started once for all tests that look at what they found."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def pair(tmp_path_factory):
    """What each of the two processes of ``pair.py`` found, by rank."""
    place = tmp_path_factory.mktemp("pair")
    common = {
        "PYTHONPATH": str(ROOT),
        "RUNNER_STORE": str(place / "store"),
        "GLOO_SOCKET_IFNAME": "lo",
        "WORLD_SIZE": "2",
    }
    command = [sys.executable, str(Path(__file__).parent / "pair.py"), str(place / "found")]
    started = [
        subprocess.Popen(
            command, env={**os.environ, **common, "RANK": rank, "LOCAL_RANK": rank}, stderr=subprocess.PIPE
        )
        for rank in "01"
    ]
    try:
        told = [process.communicate(timeout=120)[1].decode() for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0, 0], "\n".join(told)
    return [json.loads((place / f"found.{rank}").read_text()) for rank in "01"]
