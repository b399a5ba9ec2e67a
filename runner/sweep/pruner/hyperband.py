"""Successive halving with several first rungs at once, for those who do not know which one is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge

from runner.sweep.pruner.rung import first_rung
from runner.types import Count

if TYPE_CHECKING:
    from optuna.pruners import HyperbandPruner


def hyperband(epochs: int, reduction: Annotated[int, Ge(2)] = 3, first: Count = 1) -> HyperbandPruner:
    """Return Optuna's Hyperband: every trial is put into a bracket, each with a later first rung than the last.

    Source: Li et al., "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization", JMLR 18, 2018.

    Args:
        epochs: Budget of a trial.
        reduction: One of so many goes on at each rung, with so many times the epochs.
        first: Epochs before the first rung of the first bracket; of the next, ``reduction`` times as many.

    Raises:
        ValueError: The first rung lies after the last epoch.
    """
    from optuna.pruners import HyperbandPruner

    return HyperbandPruner(min_resource=first_rung(epochs, first), max_resource=epochs, reduction_factor=reduction)
