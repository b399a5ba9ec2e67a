"""Settings that do nothing or harm where they were chosen, in words: nothing is skipped silently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch.optim import Optimizer

from runner.hardware.device import Able, able

Setting = bool | Literal["default", "reduce-overhead", "max-autotune"]
"""Of ``hardware.compile``."""


def surprises(
    device: torch.device,
    precision: str,
    *,
    cudnn_benchmark: bool = False,
    compile: Setting = False,
    graphs: bool = False,
    guard: int | None = None,
    threads: int | None = None,
    world: int = 1,
    shard: bool = False,
    sync_batch_norm: bool = False,
    nonfinite: str = "stop",
    limited: bool = False,
    slowed: bool = False,
    has: Able | None = None,
) -> Sequence[str]:
    """Return, for every setting that does nothing or harms here, what its user should know.

    Args:
        device: Where the model is computed.
        precision: Of its computation, never "auto".
        cudnn_benchmark, compile, graphs, guard, threads, shard, sync_batch_norm: As they were chosen.
        world: Processes that train together.
        nonfinite: What a NaN does: "stop", "skip" or "rewind".
        limited, slowed: Whether ``nonfinite_limit`` and ``rewind_rate`` were chosen.
        has: What the device has instructions for; None asks it.
    """
    has = has or able(device)
    kind, cuda, alone = device.type, device.type == "cuda", world == 1
    found = {
        f"precision=tf32 has no effect on {kind}: it computes in fp32": precision == "tf32" and not cuda,
        f"precision=tf32 has no effect: {has.name} has no instructions for it and computes in fp32": (
            precision == "tf32" and cuda and not has.tf32
        ),
        "precision=fp16 is emulated on a CPU, slower than fp32: bf16 is the CPU's half precision": (
            precision == "fp16" and kind == "cpu"
        ),
        f"precision=bf16 is emulated: {has.name} has no instructions for it, fp32 is faster": (
            precision == "bf16" and kind == "cpu" and not has.bf16
        ),
        f"precision=bf16 is emulated: {has.name} has no instructions for it, fp16 is its half precision": (
            precision == "bf16" and cuda and not has.bf16
        ),
        "guard has no effect with fp16: the loss scale skips updates that are not finite": (
            bool(guard) and precision == "fp16"
        ),
        f"compile=reduce-overhead is compile=true on {kind}: the overhead is reduced by CUDA graphs": (
            compile == "reduce-overhead" and not cuda
        ),
        f"cudnn_benchmark has no effect on {kind}: cuDNN is for CUDA": cudnn_benchmark and not cuda,
        f"graphs has no effect on {kind}: only CUDA has graphs": graphs and not cuda,
        f"threads={threads} is about the CPU, but the model is computed on {kind}": bool(threads) and kind != "cpu",
        "shard has no effect with one process: there is nobody to share with": shard and alone,
        "nonfinite=skip has no effect with fp16: its loss scale skips such updates": (
            nonfinite == "skip" and precision == "fp16"
        ),
        f"guard={guard} has no effect with nonfinite=skip: every batch is looked at": (
            nonfinite == "skip" and guard not in (None, 1)
        ),
        "nonfinite_limit has no effect with nonfinite=stop: the first one ends the run": (
            limited and nonfinite == "stop"
        ),
        f"rewind_rate has no effect with nonfinite={nonfinite}: no run goes back": slowed and nonfinite != "rewind",
        "sync_batch_norm has no effect with one process: its statistics are those of the whole batch": (
            sync_batch_norm and alone
        ),
    }
    return [f"hardware.{note}" for note, holds in found.items() if holds]


def waits(optimizer: Optimizer, device: torch.device, precision: str) -> Sequence[str]:
    """Return what to know of an optimizer under a loss scale: only a fused one skips updates without being told.

    Args:
        optimizer: Torch's fused ones decide on the device; for all others torch asks it, at every update.
        device: Where it updates weights.
        precision: Of the computation.
    """
    if precision != "fp16" or device.type != "cuda" or getattr(optimizer, "_step_supports_amp_scaling", False):
        return []
    name = type(optimizer).__name__
    return [f"hardware.precision=fp16 has {name} wait for the device at every update: bf16 needs no loss scale"]
