"""Which device there is, what it has instructions for, and which precision suits it."""

from __future__ import annotations

from dataclasses import dataclass

import torch


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
