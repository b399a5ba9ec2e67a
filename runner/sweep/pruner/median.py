"""Stop a trial whose best value so far is worse than the median of the others' at the same epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.sweep.pruner.rung import first_rung
from runner.types import Count, Whole

if TYPE_CHECKING:
    from optuna.pruners import MedianPruner


def median(epochs: int, start: Whole = 5, first: Count | None = None) -> MedianPruner:
    """Return Optuna's median rule, judged at every epoch and against finished trials only.

    Source: Golovin et al., "Google Vizier: A Service for Black-Box Optimization", KDD 2017, section 3.2.

    Args:
        epochs: Budget of a trial.
        start: Trials that have to finish before any is stopped.
        first: The first epoch at which a trial may be stopped; a ninth of the budget, rounded up, unless told.

    Raises:
        ValueError: The first epoch that counts lies after the last one.
    """
    from optuna.pruners import MedianPruner

    return MedianPruner(n_startup_trials=start, n_warmup_steps=first_rung(epochs, first))
