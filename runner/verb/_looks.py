"""What ``runner doctor`` looks at; not a verb. Each look returns a state and a line of text."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sqlite3
import sys
from pathlib import Path

from runner.durable import read_json
from runner.environment import git, installed
from runner.folder import OUTPUTS, all_runs, all_sweeps, identity, is_live
from runner.home import CONF
from runner.secret import mask_url

OK, NOTE, PROBLEM = "ok", "--", "!!"
Finding = tuple[str, str]

EXTRAS = {
    "sklearn": "digits and the embedded tables",
    "imblearn": "dataset.resample",
    "pandas": "tables",
    "matplotlib": "pictures",
    "mlflow": "tracking",
    "pynvml": "use of NVIDIA GPUs, as a metric",
    "lightning": "a peer of make bench",
    "accelerate": "a peer of make bench",
    "fastai": "a peer of make bench",
    "ignite": "a peer of make bench",
}
"""Packages that a run can do without, and what they are for."""


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
    """Processors and accelerators with their memory; each accelerator multiplies once."""
    try:
        import torch

        from runner.machine.facts import facts
    except Exception as error:
        return PROBLEM, str(error)
    known = facts()
    threads = f"{known['threads']} CPU thread{'s' if known['threads'] > 1 else ''}"
    own = f"{known['cpu']}, {known['processors']} processors, {threads}, "
    own += f"{known['memory_bytes'] / 1e9:.1f} GB"
    cuda = [f"CUDA {known['cuda_runtime']}"] if "cuda_runtime" in known else []
    cuda += [f"driver {known['nvidia_driver']}"] if "nvidia_driver" in known else []
    cuda += [f"made for CUDA {known['cuda_of_driver']}"] if "cuda_of_driver" in known else []
    if not known["devices"]:
        unused = f" · {', '.join(cuda)}: torch cannot use this GPU" if "nvidia_driver" in known else ""
        return NOTE, f"no GPU found: runs use the CPU · {own}{unused}"
    kind = str(torch.accelerator.current_accelerator())
    words = []
    for index, about in enumerate(known["devices"]):
        one = torch.ones(8, 8, device=f"{kind}:{index}")
        try:
            assert (one @ one).sum().item() == 512
        except (AssertionError, RuntimeError) as error:
            return PROBLEM, f"{kind}:{index} ({about['name']}) cannot multiply: {str(error).partition(chr(10))[0]}"
        memory = f" {about['memory_bytes'] / 1e9:.1f} GB" if about["memory_bytes"] else ""
        memory += f" ({about['free_bytes'] / 1e9:.1f} free)" if "free_bytes" in about else ""
        words.append(f"{kind}:{index} {about['name']}{memory}")
    return OK, " · ".join([*words, *([", ".join(cuda)] if cuda else []), own])


def processes() -> Finding:
    """Whether local processes can train together: they add up a tensor, over gloo and, on GPUs, over NCCL."""
    from time import perf_counter

    from runner.machine.allreduce import backends, between
    from runner.machine.together import Failed

    state, words = OK, []
    for backend, world in backends().items():
        begun = perf_counter()
        try:
            between(backend, world, seconds=0, sizes=())
            words.append(f"{backend}: {world} processes agree on a sum in {perf_counter() - begun:.1f} s")
        except Failed as error:
            state = NOTE
            words.append(f"{backend}: {world} processes cannot add up ({error}): train in one process")
    return (state, " · ".join(words)) if words else (NOTE, "this torch cannot train in several processes")


def skipped() -> Finding:
    """What --quick leaves out."""
    return NOTE, "not looked at (--quick)"


def disk() -> Finding:
    """Room and permission where runs are written."""
    from runner.machine.disk import tried

    place = next(path for path in (OUTPUTS, Path(".")) if path.exists())
    if not os.access(place, os.W_OK):
        return PROBLEM, f"{place.resolve()} is not writable"
    try:
        found = tried(place)
    except OSError as error:
        free = shutil.disk_usage(place).free
        return PROBLEM, f"{place.resolve()}: {free / 1e9:.1f} GB free, cannot be written: {error.strerror or error}"
    enough = found.free > 1e9
    return (
        OK if enough else PROBLEM
    ), f"{place}: {found.free / 1e9:.1f} GB free · writes {found.bytes_per_second / 1e6:.0f} MB/s"


def tracking() -> Finding:
    """The tracking store, asked without importing MLflow."""
    if importlib.util.find_spec("mlflow") is None:
        return NOTE, "mlflow is not installed: runs are recorded in their folders only"
    version, uri = f"mlflow {installed('mlflow')}", os.environ.get("MLFLOW_TRACKING_URI")
    if uri and uri.startswith(("http://", "https://")):
        from runner.machine.reach import unreachable

        if reason := unreachable(uri):
            return NOTE, f"{version} · {mask_url(uri)} cannot be reached: {reason} (later: runner sync)"
        return OK, f"{version} · {mask_url(uri)} answers"
    if uri and not uri.startswith("sqlite:///"):
        return OK, f"{version} · {mask_url(uri)}"
    store = Path(uri.removeprefix("sqlite:///")) if uri else OUTPUTS / "mlflow.db"
    if not store.exists():
        return OK, f"{version} · {store} (made by the first run)"
    try:
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=2) as database:
            counts = dict(database.execute("SELECT status, count(*) FROM runs GROUP BY status").fetchall())
    except sqlite3.Error as error:
        return NOTE, f"{version} · {store} cannot be read: {error}"
    return OK, f"{version} · {store} · " + (" · ".join(f"{n} {s}" for s, n in counts.items()) or "no runs")


def runs() -> Finding:
    """Runs that were killed and can be resumed, and records that are not complete in the store."""
    folders = all_runs()
    dead = [identity(path) for path in folders if not is_live(path) and not read_json(path / "summary.json")]
    behind = [
        identity(path)
        for path in [*folders, *all_sweeps()]
        if read_json(path / "tracking.json").get("complete") is False
    ]
    words = [f"{len(folders)} in {OUTPUTS}/"]
    words += [f"killed, resumable: {' '.join(dead)}"] if dead else []
    words += [f"not all in the tracking store (runner sync): {' '.join(behind)}"] if behind else []
    return (NOTE if dead or behind else OK), " · ".join(words)


def data() -> Finding:
    """Which datasets are here, which are downloaded on first use, and which are the user's own files."""
    import yaml

    from runner.dataset.download import cache
    from runner.machine.published import folder_of, published

    embedded, here, away, own = [], [], [], []
    for path in sorted((CONF / "dataset").glob("*.yaml")):
        node = yaml.safe_load(path.read_text(encoding="utf-8"))
        missing = [key for key, value in node.items() if value == "???"]
        home = published(str(node["_target_"]))
        if missing:
            own.append(f"{path.stem} (dataset.{missing[0]})")
        elif home is None:
            embedded.append(path.stem)
        elif place := folder_of(home):
            here.append(f"{path.stem} ({place})")
        else:
            away.append(path.stem)
    words = [f"embedded: {' '.join(embedded)}"] if embedded else []
    words += [f"found: {' '.join(here)}"] if here else []
    words += [f"downloaded to {cache()} on first use: {' '.join(away)}"] if away else []
    words += [f"your files: {' '.join(own)}"] if own else []
    return OK, " · ".join(words)


def extras() -> Finding:
    """Packages and programs that only some things need."""
    here = [name for name in EXTRAS if importlib.util.find_spec(name) is not None]
    compiler = next((name for name in (os.environ.get("CXX"), "g++", "clang++") if name and shutil.which(name)), None)
    here += [f"{compiler} (hardware.compile)"] if compiler else []
    missing = [f"{name} ({use})" for name, use in EXTRAS.items() if name not in here]
    missing += [] if compiler else ["a C++ compiler (hardware.compile)"]
    return OK, " · ".join([" ".join(here), *([f"not here: {', '.join(missing)}"] if missing else [])])


def code() -> Finding:
    """Whether results can be tied to a commit."""
    state = git()
    if state is None:
        return NOTE, "not in a git repository: runs cannot record a commit"
    return OK, f"commit {state['commit'][:12]}{' with uncommitted changes' if state['dirty'] else ''}"
