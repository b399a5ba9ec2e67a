"""A normal distribution that moves and shrinks: many trials in a space of numbers, at almost no cost each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.sweep.experimental import accepted
from runner.sweep.sampler.remembered import guard
from runner.sweep.sampler.single import one_objective
from runner.types import Count, Whole

if TYPE_CHECKING:
    from optuna.samplers import CmaEsSampler


def cmaes(
    seed: Whole,
    objectives: list[str] | None = None,
    start: Count = 1,
    population: Count | None = None,
    pruned: bool = True,
) -> CmaEsSampler:
    """Return Optuna's CMA-ES: each generation's best trials say where the next one is drawn, and how widely.

    Names, and parameters that not every trial has, are drawn by ``bayes``, each on its own. What the distribution has
    learnt lies in the study, so that any process goes on with it.

    Source: Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv 1604.00772.

    Args:
        seed: Of this proposal.
        objectives: The metrics that are searched for.
        start: Random trials that have to finish before the distribution is used.
        population: Trials of one generation; 4 + 3 ln(parameters), rounded down, unless told.
        pruned: Learn from pruned trials too, by their last value.

    Raises:
        ValueError: There are several objectives.
    """
    one_objective("sweep=cmaes", objectives)
    from optuna.samplers import CmaEsSampler, TPESampler

    with accepted():
        sampler = CmaEsSampler(
            seed=seed,
            n_startup_trials=start,
            popsize=population,
            consider_pruned_trials=pruned,
            independent_sampler=TPESampler(seed=seed, multivariate=False),
            warn_independent_sampling=False,
        )
    return guard(sampler)
