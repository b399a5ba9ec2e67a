"""A number on its way from the device: asked for in a step, read when it has come, so that no step waits for it."""

from __future__ import annotations

import torch
from torch import Tensor


class Later:
    """The value of a scalar tensor on a GPU at this moment, whatever happens to the tensor afterwards.

    It is copied behind the work that is queued. Reading it before it has come waits for it.
    """

    def __init__(self, value: Tensor) -> None:
        self.host = value.detach().to("cpu", non_blocking=True)  # into pinned memory: the copy goes on by itself
        self.event = torch.cuda.Event()
        self.event.record(torch.cuda.current_stream(value.device))

    def ready(self) -> bool:
        """Tell whether the number has come."""
        return bool(self.event.query())

    def read(self) -> float:
        """Return the number, and wait for it if need be."""
        self.event.synchronize()
        return self.host.item()


def ask(value: Tensor) -> float | Later:
    """Return the value of a scalar tensor: now if that takes no waiting, else as a promise."""
    return Later(value) if value.is_cuda else value.item()


def answer(value: float | Later) -> float:
    """Return the number that was asked for, and wait for it if need be."""
    return value.read() if isinstance(value, Later) else value
