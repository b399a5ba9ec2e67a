"""Stop a trial whose best value so far lies outside the best share of the others' at the same epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge, Le

from runner.sweep.pruner.rung import first_rung
from runner.types import Count, Whole

if TYPE_CHECKING:
    from optuna.pruners import PercentilePruner


def percentile(
    epochs: int, percent: Annotated[float, Ge(0), Le(100)] = 25.0, start: Whole = 5, first: Count | None = None
) -> PercentilePruner:
    """Return Optuna's percentile rule: a trial goes on while its best value is among the best ``percent`` per cent.

    It is held against finished trials only.

    Args:
        epochs: Budget of a trial.
        percent: How many of a hundred go on; 25 is strict, 50 is the ``median`` rule.
        start: Trials that have to finish before any is stopped.
        first: The first epoch at which a trial may be stopped; a ninth of the budget, rounded up, unless told.

    Raises:
        ValueError: The first epoch that counts lies after the last one.
    """
    from optuna.pruners import PercentilePruner

    return PercentilePruner(percent, n_startup_trials=start, n_warmup_steps=first_rung(epochs, first))
