"""The tree-structured Parzen estimator: the default of a search, good everywhere and nearly free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.sweep.experimental import accepted
from runner.types import Count, Whole

if TYPE_CHECKING:
    from optuna.samplers import TPESampler

    from runner.sweep.space import Space


def bayes(
    seed: Whole,
    space: Space | None = None,
    objectives: list[str] | None = None,
    start: Whole = 10,
    candidates: Count = 24,
    multivariate: bool | None = None,
) -> TPESampler:
    """Return Optuna's TPE: densities of good and of other points, and the candidate with the best ratio of the two.

    Trials that still run count as bad ones, so that several workers keep apart; pruned and infeasible ones count too.
    Where parameters depend on others, those that appear together are modelled together.

    Source: Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NIPS 2011; Watanabe, arXiv 2304.11127.

    Args:
        seed: Of this proposal.
        space: What is searched.
        objectives: The metrics that are searched for.
        start: Random trials that have to finish before the model is used.
        candidates: Points drawn from the density of the good ones, of which the best is taken.
        multivariate: Model the parameters together; yes for one objective, no for several, unless told.
    """
    from optuna.samplers import TPESampler

    several = len(objectives or ()) > 1
    together = not several if multivariate is None else multivariate
    conditional = space is not None and any(dimension.when for dimension in space.dimensions)
    with accepted():
        return TPESampler(
            seed=seed,
            n_startup_trials=start,
            n_ei_candidates=candidates,
            multivariate=together,
            group=together and conditional,
            constant_liar=True,
        )
