"""Stop a trial whose value leaves the range that a useful run stays in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.types import Count

if TYPE_CHECKING:
    from optuna.pruners import ThresholdPruner


def threshold(lower: float | None = None, upper: float | None = None, first: Count = 1) -> ThresholdPruner:
    """Return Optuna's threshold rule; a value that is not a number stops a trial too.

    Args:
        lower: The smallest value that is let pass, if any.
        upper: The largest value that is let pass, if any.
        first: The first epoch at which a trial may be stopped.

    Raises:
        ValueError: There is no bound, or the bounds leave no room.
    """
    from optuna.pruners import ThresholdPruner

    if lower is None and upper is None:
        raise ValueError("sweep/pruner=threshold needs a bound: sweep.pruner.lower=0.5 or sweep.pruner.upper=10")
    if lower is not None and upper is not None and lower > upper:
        raise ValueError(f"the pruner's lower={lower} lies above its upper={upper}: every trial would be stopped")
    return ThresholdPruner(lower=lower, upper=upper, n_warmup_steps=first)
