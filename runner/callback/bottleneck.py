"""Where most time could be won, in one sentence with the key to change. A suggestion from shares, not a promise."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from runner.recorded import config, flat

if TYPE_CHECKING:
    from runner.loop import Run

LIMITS = {
    "data": 0.15,
    "copy": 0.10,
    "optimizer": 0.25,
    "callbacks": 0.10,
    "evaluation": 0.30,
    "checkpoint": 0.10,
    "tracking": 0.25,
    "startup": 0.40,
    "compiling": 0.25,
}
"""Shares of the whole that a part may take unmentioned. Of those that take more, the one furthest above is named."""

DOING = {
    "data": "waiting for data",
    "copy": "copying batches to the device",
    "optimizer": "updating the weights",
    "callbacks": "in callbacks between the steps",
    "evaluation": "evaluating",
    "checkpoint": "writing checkpoints",
    "tracking": "waiting for the tracking store at the end",
    "startup": "starting up",
    "compiling": "compiling",
}


@dataclass(frozen=True)
class Facts:
    """What is known of a run, as plain values; whatever is unknown is left out of the sentence."""

    keys: Mapping[str, Any] = field(default_factory=dict)
    """Dotted keys of the configuration and their values: only these are named."""
    device: str = "cpu"
    precision: str = ""
    processes: int = 1
    threads: int = 0
    """Of each process."""
    cores: int = 0
    gpu: bool = False
    """Whether the machine has a CUDA device, used or not."""
    images: bool = False
    """Whether the model has convolutions over images."""
    most: int | None = None
    """The largest batch there can be: of the training samples, or of the memory where that was searched."""


def bottleneck(seconds: Mapping[str, float], facts: Facts) -> str:
    """Return one sentence: the part that takes too large a share of the time, and what changes that.

    Args:
        seconds: Of each part; together the whole.
        facts: Decide which keys are named.
    """
    total = sum(seconds.values())
    if total <= 0:
        return ""
    share = {name: value / total for name, value in seconds.items()}
    worst = max(LIMITS, key=lambda name: share.get(name, 0.0) / LIMITS[name])
    if share.get(worst, 0.0) >= LIMITS[worst]:
        rest = ", or ".join(WAYS[worst](facts, share[worst]))
        return f"{spent(share[worst])} {DOING[worst]}{': ' if rest else ''}{rest}"
    busy = f"{spent(share.get('forward', 0.0) + share.get('backward', 0.0))} in forward and backward on {place(facts)}"
    rest = ", or ".join(faster(facts))
    return f"{busy}: {rest} can help" if rest else f"{busy}, and nothing else stands out"


def spent(share: float) -> str:
    return f"{100 * share:.0f} % of the time was spent"


def place(facts: Facts) -> str:
    """Return what computed, in words."""
    if facts.device != "cpu" or not facts.threads:
        return "the CPU" if facts.device == "cpu" else facts.device
    each = f" in each of {facts.processes} processes" if facts.processes > 1 else ""
    return f"the CPU, {facts.threads} thread{'s' if facts.threads > 1 else ''}{each} on {facts.cores} cores"


def faster(facts: Facts) -> list[str]:
    """Return what can make forward and backward faster."""
    keys, ways = facts.keys, []
    layout = keys.get("hardware.channels_last") is False and facts.images
    if facts.device == "cpu":
        if facts.precision == "fp16":  # emulated
            ways.append("hardware.precision=fp32")
        fair = max(1, facts.cores // facts.processes)
        if facts.cores and facts.threads not in (0, fair) and "hardware.threads" in keys:
            ways.append(f"hardware.threads={fair}")
        if layout:
            ways.append("hardware.channels_last=true")
        if facts.gpu:
            ways.append("hardware=gpu")
        return ways
    if facts.precision == "fp32" and "hardware.precision" in keys:
        ways.append("hardware.precision=bf16")
    if layout:
        ways.append("hardware.channels_last=true")
    if keys.get("hardware.compile") is False:
        ways.append("hardware.compile=true")
    return [*ways, *larger(facts)]


def larger(facts: Facts) -> list[str]:
    size = facts.keys.get("batch_size")
    if not isinstance(size, int) or (facts.most is not None and size >= facts.most):
        return []
    return [f"batch_size={min(2 * size, facts.most or 2 * size)}"]


def data(facts: Facts, share: float) -> list[str]:
    keys = facts.keys
    workers, in_memory = keys.get("dataset.workers"), keys.get("dataset.in_memory", True)
    if in_memory is not True:
        more = min(4, facts.cores or 4)
        enough = not isinstance(workers, int) or workers >= more
        return [*([] if enough else [f"dataset.workers={more}"]), "dataset.in_memory=true"]
    augmented = any(key.startswith("dataset.augment.") for key in keys)
    return [*larger(facts), *(["a lighter dataset.augment"] if augmented else [])]


def copy(facts: Facts, share: float) -> list[str]:
    kept = facts.keys.get("dataset.in_memory", True) is not True
    return ["dataset.in_memory=true"] if kept else larger(facts)


def optimizer(facts: Facts, share: float) -> list[str]:
    return [f"{key} makes fewer updates of an epoch" for key in larger(facts)]


def callbacks(facts: Facts, share: float) -> list[str]:
    keys = facts.keys
    names = [f"callback.{name}.every_steps" for name in ("record", "monitor")]
    rarer = [f"{key}={10 * keys[key]}" for key in names if isinstance(keys.get(key), int)]
    return rarer + (["~callback.profiler"] if "callback.profiler._target_" in keys else [])


def evaluation(facts: Facts, share: float) -> list[str]:
    keys = facts.keys
    seen = ["~callback.tta"] if "callback.tta._target_" in keys else []
    held = keys.get("dataset.valid")
    return seen + ([f"a smaller dataset.valid than {held:g}"] if isinstance(held, int | float) and held else [])


def checkpoint(facts: Facts, share: float) -> list[str]:
    rarer = round(2 * share / LIMITS["checkpoint"])  # with so many times fewer, the share is half the limit
    names = [f"callback.checkpoint.{name}" for name in ("every_steps", "every_epochs")]
    return [f"{key}={rarer * facts.keys[key]}" for key in names if isinstance(facts.keys.get(key), int)][:1]


def tracking(facts: Facts, share: float) -> list[str]:
    keys, ways = facts.keys, []
    if keys.get("callback.mlflow.log_model") is True:
        ways.append("callback.mlflow.log_model=false leaves the model out")
    if keys.get("callback.mlflow.patience", 0) > 0:
        ways.append("callback.mlflow.patience=0 leaves it to runner sync")
    return ways


def startup(facts: Facts, share: float) -> list[str]:
    return ["it takes as long for any number of epochs"] if "epochs" in facts.keys else []


def compiling(facts: Facts, share: float) -> list[str]:
    out = ["hardware.compile=false leaves it out"] if facts.keys.get("hardware.compile") else []
    return startup(facts, share) + out


WAYS: dict[str, Callable[[Facts, float], list[str]]] = {
    "data": data,
    "copy": copy,
    "optimizer": optimizer,
    "callbacks": callbacks,
    "evaluation": evaluation,
    "checkpoint": checkpoint,
    "tracking": tracking,
    "startup": startup,
    "compiling": compiling,
}


def largest(run: Run) -> int:
    """Return the largest batch that may help: no larger one than was found to fit, and none where one did not."""
    if run.hardware.faults.splits:
        return 0
    found: int = run.facts.get("batch_size_search", {}).get("found", run.batches["train"].samples)
    return found


def facts_of(run: Run) -> Facts:
    """Return what the sentence needs to know of a run; its keys are those that it wrote down."""
    written = run.folder / "config.yaml"
    return Facts(
        keys=flat(config(run.folder)) if written.exists() else {},
        device=str(run.facts.get("device", "cpu")),
        precision=str(run.facts.get("precision", "")),
        processes=int(run.facts.get("processes", 1)),
        threads=int(run.facts.get("threads", 0)),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
        gpu=torch.cuda.is_available(),
        images=any(parameter.dim() == 4 for parameter in run.model.parameters()),
        most=largest(run),
    )
