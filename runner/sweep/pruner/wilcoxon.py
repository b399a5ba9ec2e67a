"""Stop a trial that a signed-rank test finds worse than the best one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.sweep.experimental import accepted
from runner.types import Share, Whole

if TYPE_CHECKING:
    from optuna.pruners import WilcoxonPruner


def wilcoxon(p: Share = 0.1, first: Whole = 2) -> WilcoxonPruner:
    """Return Optuna's Wilcoxon rule: the trial's values are paired with those of the best trial at the same steps.

    It is made for steps that are folds or instances, whose order does not matter, and stops learning curves too early.

    Args:
        p: A trial is stopped when the test's p-value falls below this.
        first: Pairs that have to exist before any trial is stopped; never fewer than two.
    """
    from optuna.pruners import WilcoxonPruner

    with accepted():
        return WilcoxonPruner(p_threshold=p, n_startup_steps=first)
