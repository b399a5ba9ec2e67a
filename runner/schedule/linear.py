"""A straight line down."""

from runner.schedule.warmup import progress, rise
from runner.types import Fraction, Share


def linear(step: int, total: int, warmup: Fraction = 0.0, final: Share = 0.0) -> float:
    """Return 1 - (1 - final) x, x the share of the run after the warmup.

    Equals ``torch.optim.lr_scheduler.LinearLR(start_factor=1, end_factor=final, total_iters=total - 1)``, a step per
    update. For language models measured to be better than a cosine: Bergsma et al., arXiv 2502.15938.

    Args:
        step: Updates done so far.
        total: Updates of the run.
        warmup: Share of the run that rises linearly.
        final: Last value.
    """
    rising = rise(step, total, warmup)
    if rising is not None:
        return rising
    return 1 - (1 - final) * progress(step, total, warmup)
