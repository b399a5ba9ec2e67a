"""Which device there is, which precision suits it, and which settings do nothing or harm on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch.optim import Optimizer

Setting = bool | Literal["default", "reduce-overhead", "max-autotune"]
"""Of ``hardware.compile``."""


def resolve(name: str, local_rank: int | None = None, processes: int | None = None) -> torch.device:
    """Return the device of that name; of several GPUs of one process the first, with its number.

    Args:
        name: "auto", or torch's name of a device.
        local_rank: Number of this process on this machine, where several train together; each has a GPU of its own.
        processes: How many there are on this machine, as far as that is known.

    Raises:
        ValueError: There is no such device on this machine, or not one for each process.
    """
    present = torch.accelerator.current_accelerator(check_available=True)
    if name == "auto":
        device = present or torch.device("cpu")
    else:
        try:
            device = torch.device(name)
        except RuntimeError:
            raise ValueError(f"hardware.device={name} is no device: auto, cpu, cuda, cuda:1, mps, xpu") from None
    if device.type == "cpu":
        return device
    count = torch.accelerator.device_count() if present else 0
    if present is None or present.type != device.type or (device.index or 0) >= count:
        found = f"{count} {present.type}" if present else "no accelerator"
        raise ValueError(f"hardware.device={name} is not on this machine ({found} found): use hardware=auto or cpu")
    if local_rank is not None:
        return own(device, local_rank, count, processes)
    return torch.device(device.type, device.index or 0) if device.type == "cuda" else device


def own(device: torch.device, local_rank: int, count: int, processes: int | None = None) -> torch.device:
    """Return the GPU of one of several processes on this machine.

    Args:
        device: As it was named.
        local_rank: Number of the process on this machine.
        count: Devices of that kind on this machine.
        processes: How many processes there are on this machine, as far as that is known.

    Raises:
        ValueError: There is none for it.
    """
    if device.type == "mps":
        raise ValueError("hardware.device=mps trains in one process: use hardware.processes=1 or hardware.device=cpu")
    if device.index is not None:
        raise ValueError(f"hardware.device={device} is one device for several processes: use {device.type}")
    if local_rank >= count:
        asked = f"hardware.processes={processes}" if processes else f"process {local_rank} of those started here"
        raise ValueError(f"{asked}, but this machine has {count} {device.type} devices: one process each")
    return torch.device(device.type, local_rank)


def suited(device: torch.device) -> str:
    """Return the precision that a device is best at without a loss scale."""
    return "bf16" if device.type == "cuda" and able(device).bf16 else "fp32"


@dataclass(frozen=True)
class Able:
    """What a device has instructions for.

    Attributes:
        name: For people.
        tf32, bf16: Whether it has them.
    """

    name: str
    tf32: bool = False
    bf16: bool = True


def able(device: torch.device) -> Able:
    """Return what a device has instructions for; of what is not known, the best is assumed."""
    if device.type == "cuda":
        with torch.cuda.device(device):
            bf16, tf32 = torch.cuda.is_bf16_supported(including_emulation=False), torch.cuda.is_tf32_supported()
        return Able(torch.cuda.get_device_name(device), tf32, bf16)
    if device.type == "cpu":
        known = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
        if str(known.get("architecture", "")).startswith("x86"):
            return Able("this CPU", bf16=bool(known.get("avx512_bf16") or known.get("amx_bf16")))
    return Able(f"this {device.type.upper()}")


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
    has: Able | None = None,
) -> Sequence[str]:
    """Return, for every setting that does nothing or harms here, what its user should know.

    Args:
        device: Where the model is computed.
        precision: Of its computation, never "auto".
        cudnn_benchmark, compile, graphs, guard, threads, shard, sync_batch_norm: As they were chosen.
        world: Processes that train together.
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
