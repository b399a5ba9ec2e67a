"""Which device there is, and which precision suits it."""

from __future__ import annotations

from collections.abc import Sequence

import torch


def resolve(name: str) -> torch.device:
    """Return the device of that name.

    Raises:
        ValueError: There is no such device on this machine.
    """
    present = torch.accelerator.current_accelerator(check_available=True)
    if name == "auto":
        return present or torch.device("cpu")
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
    return device


def suited(device: torch.device) -> str:
    """Return the precision that a device is best at without a loss scale."""
    return "bf16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "fp32"


def surprises(device: torch.device, precision: str) -> Sequence[str]:
    """Return what a user of this precision on this device should know."""
    if precision == "tf32" and device.type != "cuda":
        return [f"hardware.precision=tf32 has no effect on {device.type}: it computes in fp32"]
    if precision == "fp16" and device.type == "cpu":
        return ["hardware.precision=fp16 is emulated on a CPU, slower than fp32: bf16 is the CPU's half precision"]
    return []
