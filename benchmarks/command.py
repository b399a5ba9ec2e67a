"""A run of our real command line, in a folder of its own, and what its record says."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.process import environment


@dataclass(frozen=True)
class Outcome:
    """What a run left behind."""

    summary: dict[str, Any]
    rows: list[dict[str, Any]]
    """Of ``metrics.jsonl``."""


def command(*words: str) -> Outcome:
    """Run ``runner`` with these words.

    Raises:
        RuntimeError: It failed; the message has what it said.
    """
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        done = subprocess.run(
            [sys.executable, "-m", "runner", *words],
            cwd=folder,
            env=environment(elsewhere=True),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"runner {' '.join(words)} failed:\n{done.stderr or done.stdout}")
        run = Path(folder) / "outputs" / "latest"
        rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
        return Outcome(json.loads((run / "summary.json").read_text(encoding="utf-8")), rows)
