"""A loss scale that is dead: it has fallen so low that no update can have been made for long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from runner.hardware.guard import Late, NonFinite, now

LEAST = 2.0**-10
"""A scale begins at 2**16 and is halved by each update that is skipped: 27 of them in a row bring it below."""


def living(update: Callable[[], int], scaler: torch.amp.GradScaler, every: int, late: bool = False) -> Any:
    """Return ``update`` with a look at the loss scale each so many calls.

    Args:
        update: Moves the scale.
        scaler: Has it.
        every: Calls between two looks.
        late: See ``guarded``.
    """
    until = every
    look = Late(1.0) if late else now

    def looked_at() -> int:
        nonlocal until
        count = update()
        until -= 1
        if not until:
            until = every
            scale = scaler._get_scale_async()  # get_scale would wait
            if scale is not None and (value := look(scale)) < LEAST:
                raise NonFinite(
                    f"the loss scale is dead: it has fallen to {value:.3g}, for the gradients of all last updates were "
                    "not finite in fp16 and each was skipped; use hardware.precision=bf16 or fp32, a lower "
                    "optimizer.lr, or look at the loss with hardware.precision=fp32, which names the layer"
                )
        return count

    return looked_at
