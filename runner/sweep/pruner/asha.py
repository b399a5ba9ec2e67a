"""Asynchronous successive halving: at each rung the best third goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge

from runner.sweep.pruner.rung import first_rung
from runner.types import Count

if TYPE_CHECKING:
    from optuna.pruners import SuccessiveHalvingPruner


def asha(epochs: int, reduction: Annotated[int, Ge(2)] = 3, first: Count | None = None) -> SuccessiveHalvingPruner:
    """Return Optuna's successive halving with rungs at first, first * reduction, first * reduction^2, ... epochs.

    A trial that reaches a rung goes on when its value there is among the best 1/reduction of those that got so far;
    nobody waits for the others.

    Source: Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020, arXiv 1810.05934.

    Args:
        epochs: Budget of a trial.
        reduction: One of so many goes on at each rung, with so many times the epochs.
        first: Epochs before the first rung; a ninth of the budget, rounded up, unless told.

    Raises:
        ValueError: The first rung lies after the last epoch.
    """
    from optuna.pruners import SuccessiveHalvingPruner

    return SuccessiveHalvingPruner(min_resource=first_rung(epochs, first), reduction_factor=reduction)
