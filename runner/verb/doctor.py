"""look at this machine: python, devices, disk, data, tracking store"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from runner.environment import git, installed
from runner.folder import OUTPUTS, all_runs, is_live, read_json
from runner.secret import mask_url

EXAMPLE = "runner doctor --json"

OK, NOTE, PROBLEM = "ok", "--", "!!"
Finding = tuple[str, str]


def main(argv: list[str]) -> int:
    """Print a line for each thing looked at; exit 1 if one of them stops a training."""
    parser = argparse.ArgumentParser(prog="runner doctor", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args(argv)
    looks: dict[str, Callable[[], Finding]] = {
        "python": python,
        "torch": torch,
        "device": device,
        "disk": disk,
        "tracking": tracking,
        "runs": runs,
        "data": data,
        "code": code,
    }
    found = {name: look() for name, look in looks.items()}
    if arguments.json:
        print(json.dumps({name: {"state": state, "text": text} for name, (state, text) in found.items()}))
    else:
        for name, (state, text) in found.items():
            print(f"{state}  {name:<9} {text}")
    return 1 if any(state == PROBLEM for state, _ in found.values()) else 0


def python() -> Finding:
    """The interpreter."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    fits = (3, 11) <= sys.version_info[:2] < (3, 14)
    return (OK if fits else PROBLEM), f"{version} (needs 3.11 to 3.13) at {sys.executable}"


def torch() -> Finding:
    """torch and torchvision, which must be of one build."""
    if installed("torch") is None:
        return PROBLEM, "not installed"
    try:
        importlib.import_module("torchvision")  # imports torch too
    except Exception as error:  # a mismatch shows as almost any error
        return (
            PROBLEM,
            f"torch {installed('torch')} and torchvision {installed('torchvision')} do not fit: {error}",
        )
    return OK, f"{installed('torch')} · torchvision {installed('torchvision')}"


def device() -> Finding:
    """Accelerators."""
    try:
        import torch
    except Exception as error:
        return PROBLEM, str(error)
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    threads = f"{torch.get_num_threads()} CPU threads"
    if accelerator is None:
        return NOTE, f"no GPU found: runs use the CPU · {threads}"
    return OK, f"{torch.accelerator.device_count()} x {accelerator.type} · {threads}"


def disk() -> Finding:
    """Room and permission where runs are written."""
    place = next(path for path in (OUTPUTS, Path(".")) if path.exists())
    free = shutil.disk_usage(place).free / 1e9
    if not os.access(place, os.W_OK):
        return PROBLEM, f"{place.resolve()} is not writable"
    return (OK if free > 1 else PROBLEM), f"{place}: {free:.1f} GB free"


def tracking() -> Finding:
    """The tracking store, read without importing MLflow."""
    if importlib.util.find_spec("mlflow") is None:
        return NOTE, "mlflow is not installed: runs are recorded in their folders only"
    uri = os.environ.get("MLFLOW_TRACKING_URI")
    version = f"mlflow {installed('mlflow')}"
    if uri:
        return OK, f"{version} · {mask_url(uri)}"
    store = OUTPUTS / "mlflow.db"
    if not store.exists():
        return OK, f"{version} · {store} (made by the first run)"
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as database:
        counts = dict(database.execute("SELECT status, count(*) FROM runs GROUP BY status").fetchall())
    return OK, f"{version} · {store} · " + (" · ".join(f"{n} {s}" for s, n in counts.items()) or "no runs")


def runs() -> Finding:
    """Runs that were killed and can be resumed, and records that are not complete in the store."""
    folders = all_runs()
    dead = [path.name for path in folders if not is_live(path) and not read_json(path / "summary.json")]
    behind = [path.name for path in folders if read_json(path / "tracking.json").get("complete") is False]
    words = [f"{len(folders)} in {OUTPUTS}/"]
    words += [f"killed, resumable: {' '.join(dead)}"] if dead else []
    words += [f"not all in the tracking store (runner sync): {' '.join(behind)}"] if behind else []
    return (NOTE if dead or behind else OK), " · ".join(words)


def data() -> Finding:
    """Datasets that need no download."""
    from runner.dataset.download import cache

    here = ["digits (scikit-learn)"] if importlib.util.find_spec("sklearn") else []
    debian = Path("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz").exists()
    fashion = debian or (cache() / "FashionMNIST").exists()
    here += ["fashion_mnist"] if fashion else []
    missing = "" if fashion else " · fashion_mnist is downloaded on first use"
    return OK, " · ".join(here) + missing


def code() -> Finding:
    """Whether results can be tied to a commit."""
    state = git()
    if state is None:
        return NOTE, "not in a git repository: runs cannot record a commit"
    return OK, f"commit {state['commit'][:12]}{' with uncommitted changes' if state['dirty'] else ''}"
