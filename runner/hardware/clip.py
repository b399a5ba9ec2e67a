"""Clipping gradients, all of them at once and without waiting for the device: a ninth of the calls of torch's function.

torch sorts gradients by device and type, twice a call, and looks at each of them; here one list goes to one kernel.
The operations on their numbers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_, clip_grad_value_, get_total_norm

Clip = Callable[[], Tensor | None]


def clipping(
    parameters: Sequence[Tensor], norm: float | None = None, value: float | None = None, watch: bool = False
) -> Clip | None:
    """Return what is called between backward and update; None if there is nothing to do.

    It returns the norm of the whole gradient before any clipping, a scalar on the device, or None where that was
    neither asked for nor needed. A gradient that is not finite stays so.

    Args:
        parameters: Those that are updated; gradients that are None are passed over.
        norm: Largest Euclidean norm of the whole gradient, after the clipping of its elements.
        value: Largest absolute value of an element.
        watch: The norm is wanted.
    """
    if norm is None and value is None and not watch:
        return None
    if any(hasattr(parameter, "full_tensor") for parameter in parameters):  # DTensor; importing the class is slow
        return _sharded(parameters, norm, value, watch)
    if value is None:
        if norm is None:
            return lambda: total(gradients(parameters))
        return lambda: shorten(gradients(parameters), norm)

    def both() -> Tensor | None:
        found = gradients(parameters)
        before = total(found) if watch else None
        limit(found, value)
        if norm is not None:
            shorten(found, norm)
        return before

    return both


def gradients(parameters: Sequence[Tensor]) -> list[Tensor]:
    """Return the gradients that there are."""
    return [gradient for parameter in parameters if (gradient := parameter.grad) is not None]


def total(found: list[Tensor]) -> Tensor:
    """Return the Euclidean norm of gradients on one device as if they were one vector; 0 of none."""
    if not found:
        return torch.zeros(())
    norms = torch.stack(torch._foreach_norm(found))
    return torch.linalg.vector_norm(norms)  # type: ignore[no-any-return]


def shorten(found: list[Tensor], longest: float) -> Tensor:
    """Scale gradients down in place, such that their norm is at most ``longest``; return what it was."""
    norm = total(found)
    if found:
        # times 1 where nothing is to be done: asking whether would wait for the device
        torch._foreach_mul_(found, (longest / (norm + 1e-6)).clamp_(max=1.0))
    return norm


def limit(found: list[Tensor], largest: float) -> None:
    """Clamp the elements of gradients in place to [-largest, largest]."""
    if found:
        torch._foreach_clamp_min_(found, -largest)
        torch._foreach_clamp_max_(found, largest)


def _sharded(parameters: Sequence[Tensor], norm: float | None, value: float | None, watch: bool) -> Clip:
    """Return the same for parameters that lie in pieces in several processes: torch's functions talk to the others."""

    def clip() -> Tensor | None:
        found: Any = gradients(parameters)
        if not found:
            return torch.zeros(()) if watch or value is None else None
        before = get_total_norm(found) if watch else None
        if value is not None:
            clip_grad_value_(parameters, value)
        if norm is not None:
            now = clip_grad_norm_(parameters, norm)
            before = now if value is None else before
        return before.full_tensor() if hasattr(before, "full_tensor") else before  # type: ignore[union-attr]

    return clip
