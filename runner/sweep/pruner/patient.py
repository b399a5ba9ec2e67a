"""The median rule, but only for a trial that has stopped getting better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.sweep.experimental import accepted
from runner.sweep.pruner.median import median
from runner.types import Count, NonNegative, Whole

if TYPE_CHECKING:
    from optuna.pruners import PatientPruner


def patient(
    epochs: int, patience: Count = 3, tolerance: NonNegative = 0.0, start: Whole = 5, first: Count | None = None
) -> PatientPruner:
    """Return Optuna's patient pruner around ``median``: it stops few trials, and rarely a wrong one.

    Args:
        epochs: Budget of a trial.
        patience: Epochs without a better value before the median rule is asked at all.
        tolerance: A value counts as worse only beyond this difference.
        start: Trials that have to finish before any is stopped.
        first: The first epoch at which a trial may be stopped; a ninth of the budget, rounded up, unless told.

    Raises:
        ValueError: The first epoch that counts lies after the last one.
    """
    from optuna.pruners import PatientPruner

    with accepted():
        return PatientPruner(median(epochs, start, first), patience=patience, min_delta=tolerance)
