"""Telling an error for lack of memory from any other, whichever library raised it."""

from __future__ import annotations

import re

import torch

SIGNS = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "could not allocate",
    "unable to allocate",
    "bad_alloc",
    "alloc_failed",
)
"""What the errors say, in small letters: of CUDA, torch's CPU allocator, the system, numpy, C++ and cuBLAS."""

UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50}


class OutOfMemory(RuntimeError):
    """There was not enough memory; the message says for what, and what helps."""


def is_exhausted(error: BaseException) -> bool:
    """Tell whether an error means that there was not enough memory."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError | OSError) and any(sign in text for sign in SIGNS)


def asked_for(error: BaseException) -> int | None:
    """Return the bytes that could not be had, if the error says so."""
    found = re.search(r"allocate ([\d.]+) (bytes|[KMGTP]iB)", str(error))
    return int(float(found[1]) * UNITS[found[2]]) if found else None


def in_words(size: float) -> str:
    """Return bytes in a unit of a fitting size: 1.5 GiB."""
    for unit in ("PiB", "TiB", "GiB", "MiB", "KiB"):
        if size >= UNITS[unit]:
            return f"{size / UNITS[unit]:.1f} {unit}"
    return f"{size:.0f} bytes"
