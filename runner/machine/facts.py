"""What the machine is: processors, memory, devices, drivers and versions, as plain values."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import re
from pathlib import Path
from typing import Any

import psutil
import torch


def facts() -> dict[str, Any]:
    """Return everything that a measured number depends on; sizes in bytes."""
    return {
        "cpu": processor(),
        "processors": usable(),
        "threads": torch.get_num_threads(),
        "memory_bytes": psutil.virtual_memory().total,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        **drivers(),
        "devices": devices(),
    }


def processor() -> str:
    """Return the processor's name."""
    with contextlib.suppress(OSError):
        if found := re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8")):
            return found[1].strip()
    return platform.processor() or platform.machine()


def usable() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def devices() -> list[dict[str, Any]]:
    """Return name and memory of each accelerator, and of a CUDA device also what is free and what it can do."""
    kind = torch.accelerator.current_accelerator(check_available=True)
    if kind is None:
        return []
    if kind.type != "cuda":
        return [{"name": kind.type, "memory_bytes": None} for _ in range(torch.accelerator.device_count())]
    return [cuda(index) for index in range(torch.cuda.device_count())]


def cuda(index: int) -> dict[str, Any]:
    """Return what torch knows of a CUDA device."""
    about = torch.cuda.get_device_properties(index)
    return {
        "name": about.name,
        "memory_bytes": about.total_memory,
        "free_bytes": torch.cuda.mem_get_info(index)[0],
        "capability": f"{about.major}.{about.minor}",
    }


def drivers() -> dict[str, str]:
    """Return the CUDA version that torch was built with, and the driver's own version, as far as there are any."""
    found = {"cuda_runtime": torch.version.cuda} if torch.version.cuda else {}
    if driver := nvidia_driver():
        found["nvidia_driver"] = driver
    if torch.cuda.is_available() and (number := cuda_of_driver()):
        found["cuda_of_driver"] = f"{number // 1000}.{number % 1000 // 10}"
    return found


def cuda_of_driver() -> int | None:
    """Return the newest CUDA that the driver knows, 13020 for 13.2; torch does not pass that on."""
    number = ctypes.c_int(0)
    try:
        ctypes.CDLL("libcuda.so.1").cuDriverGetVersion(ctypes.byref(number))
    except (OSError, AttributeError):  # no such file here, or no such function in it
        return None
    return number.value or None


def nvidia_driver(path: Path = Path("/proc/driver/nvidia/version")) -> str | None:
    """Return the version of NVIDIA's kernel driver; None if none is loaded, or the system does not say."""
    try:
        found = re.search(r"(?:Kernel Module\D*|for \S+\s+)(\d+\.\d+[.\d]*)", path.read_text(encoding="utf-8"))
    except OSError:
        return None
    return found[1] if found else None
