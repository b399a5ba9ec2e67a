"""Up and down once, the two halves of a cosine each."""

from math import cos, pi
from typing import Annotated

from annotated_types import Ge

from runner.types import Fraction


def onecycle(
    step: int,
    total: int,
    warmup: Fraction = 0.3,
    start: Annotated[float, Ge(1)] = 25.0,
    end: Annotated[float, Ge(1)] = 1e4,
) -> float:
    """Return the rate of the 1cycle policy, from 1/start up to 1 and down to 1/end; the momentum stays.

    Equals ``torch.optim.lr_scheduler.OneCycleLR(max_lr=lr, pct_start=warmup, div_factor=start,
    final_div_factor=end / start)``.

    Source: Smith, Topin, "Super-Convergence", arXiv 1708.07120, with cosine annealing.

    Args:
        step: Updates done so far.
        total: Updates of the run.
        warmup: Share of the run that rises.
        start: The first value is 1 / start.
        end: The last value is 1 / end.
    """
    top = warmup * total - 1
    if step <= top:
        return _anneal(1 / start, 1.0, step / top if top else 1.0)
    return _anneal(1.0, 1 / end, min(1.0, (step - top) / max(1e-12, total - 1 - top)))


def _anneal(first: float, last: float, share: float) -> float:
    return last + (first - last) * (1 + cos(pi * share)) / 2
