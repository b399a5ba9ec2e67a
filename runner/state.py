"""The whole state of a run as plain tensors and numbers, and files of it that are never torn."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
import torch

from runner.folder import read_json, write_json, write_whole

if TYPE_CHECKING:
    from runner.loop import Run

FORMAT = 1
"""Version of the layout below; a file of another version is refused by name."""

MANIFEST = "manifest.json"


def capture(run: Run) -> dict[str, Any]:
    """Return everything that the next step depends on."""
    return {
        "format": FORMAT,
        "model": run.model.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "schedule": run.schedule.state_dict(),
        "hardware": run.hardware.state_dict(),
        "callbacks": {name: callback.state_dict() for name, callback in run.callbacks.items()},
        "random": random_state(),
        "threads": torch.get_num_threads(),
        "epochs": run.epochs,
        "epoch": run.epoch,
        "batch": run.batch,
        "step": run.step,
        "seen": run.seen,
        "total": run.total,
        "metrics": run.metrics,
        "best": vars(run.best) if run.best else None,
        "reasons": run.reasons,
    }


def restore(run: Run, state: Mapping[str, Any]) -> None:
    """Put a run back to where ``capture`` saw it.

    A callback that the state does not know starts anew.

    Raises:
        ValueError: The state is of another format, or of another model or optimizer.
    """
    from runner.loop import Best  # here, not above: callbacks import this module, and they lie below the loop

    if state.get("format") != FORMAT:
        raise ValueError(f"the checkpoint has format {state.get('format')}, this version reads {FORMAT}")
    try:
        run.model.load_state_dict(state["model"])
        run.optimizer.load_state_dict(state["optimizer"])
    except (RuntimeError, KeyError) as error:
        raise ValueError(f"the checkpoint is of another model or optimizer: {error}") from error
    run.schedule.load_state_dict(state.get("schedule", {}))  # a file from before schedules had a state
    run.hardware.load_state_dict(state["hardware"])
    for name, callback in run.callbacks.items():
        if name in state["callbacks"]:
            callback.load_state_dict(state["callbacks"][name])
    restore_random(state["random"])
    run.epoch, run.batch, run.step, run.seen = (state[key] for key in ("epoch", "batch", "step", "seen"))
    run.total = state["total"].to(run.hardware.device)
    run.metrics = state["metrics"]
    run.reasons = state["reasons"] if run.epochs <= state["epochs"] else []  # asked to train longer
    run.best = Best(**state["best"]) if state["best"] else None


def seed_all(seed: int) -> None:
    """Seed every global random generator: weights and dropout draw from torch's, users' code from any of them."""
    torch.manual_seed(seed)
    random.seed(seed)
    numpy.random.seed(seed % 2**32)


def random_state() -> dict[str, Any]:
    """Return the state of every global random generator, as tensors and numbers."""
    numbers = numpy.random.get_state(legacy=False)
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "python": random.getstate(),
        "numpy": {
            "key": torch.from_numpy(numbers["state"]["key"].astype("int64")),
            "position": int(numbers["state"]["pos"]),
            "has_gauss": int(numbers["has_gauss"]),
            "gauss": float(numbers["gauss"]),
        },
    }


def restore_random(state: Mapping[str, Any]) -> None:
    """Put the global random generators back."""
    torch.set_rng_state(state["torch"])
    if state["cuda"] and torch.cuda.device_count() == len(state["cuda"]):
        torch.cuda.set_rng_state_all(state["cuda"])
    random.setstate(state["python"])
    numbers = state["numpy"]
    key = numbers["key"].numpy().astype("uint32")
    numpy.random.set_state(("MT19937", key, numbers["position"], numbers["has_gauss"], numbers["gauss"]))


def save(path: Path, state: Mapping[str, Any]) -> None:
    """Write a checkpoint, whole or not at all, with its sha256 in the manifest beside it.

    The manifest is written first and names the old file's digest as well as the new one's: at every instant the
    file on disk, old or new, is one that the manifest knows.
    """
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    content = buffer.getbuffer()
    manifest = read_json(path.parent / MANIFEST)
    known = [hashlib.sha256(path.read_bytes()).hexdigest()] if path.exists() else []  # the one that is there
    manifest[path.name] = [hashlib.sha256(content).hexdigest(), *known]
    write_json(path.parent / MANIFEST, manifest)
    write_whole(path, lambda file: file.write(content))


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint onto the CPU: tensors and plain values only, never code.

    Raises:
        ValueError: It is missing, or its bytes are not the ones that were written.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"there is no checkpoint {path}") from None
    known = read_json(path.parent / MANIFEST).get(path.name)
    if known is not None and hashlib.sha256(content).hexdigest() not in known:
        raise ValueError(f"{path} is damaged: its sha256 is not the one in {MANIFEST}")
    state: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return state
