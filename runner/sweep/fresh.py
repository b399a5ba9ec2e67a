"""One training after another in one process, each as if it were the first."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.utils import deterministic

WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"

Switch = tuple[Callable[[], Any], Callable[[Any], object]]
"""Returns what it is set to, and sets it."""


def of(holder: Any, name: str) -> Switch:
    """Return an attribute as a switch."""
    return lambda: getattr(holder, name), lambda value: setattr(holder, name, value)


SWITCHES: tuple[Switch, ...] = (
    (torch.get_num_threads, torch.set_num_threads),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
    of(deterministic, "fill_uninitialized_memory"),
    of(torch.backends.cudnn, "allow_tf32"),
    of(torch.backends.cudnn, "benchmark"),
)
"""What a training's hardware sets for the whole process."""


@contextlib.contextmanager
def as_before() -> Iterator[None]:
    """Put torch's global switches back afterwards, and forget what was compiled."""
    before = [(read, write, read()) for read, write in SWITCHES]
    workspace = os.environ.get(WORKSPACE)
    try:
        yield
    finally:
        for read, write, value in before:
            if read() != value:
                write(value)
        if workspace is None:
            os.environ.pop(WORKSPACE, None)
        if compiler := sys.modules.get("torch._dynamo"):
            compiler.reset()  # it compiles one function only so many times


def free_memory() -> None:
    """Give back what a training has left behind: its parts know each other, so nothing else does soon."""
    gc.collect()
    if torch.cuda.is_initialized():
        with contextlib.suppress(RuntimeError):  # the device has died, and told so before
            torch.cuda.empty_cache()


def is_spoilt() -> bool:
    """Tell whether an error has left the GPU unusable for this process: only a new one can go on."""
    if not torch.cuda.is_initialized():
        return False
    try:
        torch.cuda.synchronize()
    except RuntimeError:
        return True
    return False
