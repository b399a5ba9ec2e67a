"""``python -m benchmarks.sweep_quality build [TASK ...]``: train the tables again."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported

import sys

import torch

from benchmarks.sweep_quality.task import TASKS


def main() -> None:
    """Build the tables that are named, all of them if none is."""
    torch.set_num_threads(1)
    verb, *names = sys.argv[1:] or [""]
    if verb != "build" or set(names) - set(TASKS):
        raise SystemExit(f"usage: python -m benchmarks.sweep_quality build [{' '.join(TASKS)}]")
    for name in names or TASKS:
        TASKS[name].build()
        print(f"written: {TASKS[name].path.name}, {TASKS[name].path.stat().st_size / 1024:.0f} KiB", flush=True)


if __name__ == "__main__":
    main()
