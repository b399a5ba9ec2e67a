"""Start-up: from the start of a process to the end of its first training step.

Every peer is a process of its own; the peers take turns, so that a busy machine is busy for all. The first round
fills the caches and makes the tracking database, and does not count.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import psutil

from benchmarks.peers import find, installed
from benchmarks.process import environment

PEERS = ("bare", "ignite", "accelerate", "fabric", "fastai", "lightning, lean", "lightning")
TORCH = "import torch (alone)"
IMPORT = "import torch, pathlib, benchmarks.startup as s; s.leave(pathlib.Path(%r))"
LIMIT = 300


@dataclass(frozen=True)
class Sample:
    """Seconds of one process."""

    wall: float
    cpu: float


def commands(file: Path) -> dict[str, list[str]]:
    """Return the processes that are measured, by name; each writes its times to ``file``."""
    from benchmarks.problem import Problem

    runner = [sys.executable, "-m", "runner"]
    probe = ["+callback.probe._target_=benchmarks.probe.Probe", f"+callback.probe.file={file}"]
    same = Problem().overrides()
    found = {TORCH: [sys.executable, "-c", IMPORT % str(file)]}
    for name in PEERS:
        if installed(name):
            found[name] = [sys.executable, "-m", "benchmarks.startup", name, str(file)]
    found["runner, MLflow on"] = [*runner, *same, *probe]
    found["runner, MLflow off"] = [*runner, *same, "~callback.mlflow", *probe]
    found["runner, all defaults"] = [*runner, "epochs=1", *probe]
    return found


def measure(rounds: int) -> Iterator[tuple[str, list[Sample]]]:
    """Yield every process's name and its samples, one for each round."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "times.json"
        plan = commands(file)
        samples: dict[str, list[Sample]] = {name: [] for name in plan}
        for number in range(rounds + 1):
            for name, command in plan.items():
                sample = once(command, Path(folder), file)
                if number:
                    samples[name].append(sample)
    yield from samples.items()


def once(command: list[str], folder: Path, file: Path) -> Sample:
    """Run one process to its first step."""
    file.unlink(missing_ok=True)
    begun = time.time()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(elsewhere=True),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=file.with_suffix(".err").open("wb"),
    )
    try:
        process.wait(LIMIT)
    finally:
        process.kill()
    if not file.exists():
        raise RuntimeError(
            f"{' '.join(command)} did not come to its first step:\n{file.with_suffix('.err').read_text()}"
        )
    found = json.loads(file.read_text())
    if found["follower"] is not None:
        outlive(found["follower"])
    return Sample(found["time"] - begun, found["cpu"])


def leave(file: Path, follower: int | None = None) -> NoReturn:
    """Write the time, and the CPU time of this process, and end it without its clean-up."""
    file.write_text(json.dumps({"time": time.time(), "cpu": time.process_time(), "follower": follower}))
    os._exit(0)


def outlive(pid: int) -> None:
    """Wait until a process has ended that is nobody's child any more; it would disturb the next one."""
    begun = time.monotonic()
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() - begun > LIMIT:
                process.kill()
            time.sleep(0.1)


def main(name: str, file: Path) -> None:
    """Train with a peer, and leave after the first update."""
    from torch.optim.optimizer import register_optimizer_step_post_hook

    from benchmarks.problem import Problem

    register_optimizer_step_post_hook(lambda *_: leave(file))
    find(name)(Problem(), 2)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
