"""The same rate throughout."""

from runner.schedule.warmup import risen
from runner.types import Fraction


def constant(step: int, total: int, warmup: Fraction = 0.0) -> float:
    """Return 1, after a linear rise.

    Args:
        step: Updates done so far.
        total: Updates of the run.
        warmup: Share of the run that rises linearly.
    """
    return risen(step, total, warmup)
