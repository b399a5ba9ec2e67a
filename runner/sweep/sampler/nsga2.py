"""A genetic algorithm: several objectives, many trials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge

from runner.types import Share, Whole

if TYPE_CHECKING:
    from optuna.samplers import NSGAIISampler


def nsga2(
    seed: Whole,
    population: Annotated[int, Ge(2)] = 50,
    crossover: Share = 0.9,
    swapping: Share = 0.5,
    mutation: Share | None = None,
) -> NSGAIISampler:
    """Return Optuna's NSGA-II: the best of each generation are crossed and mutated into the next one.

    The first generation is random, so that it takes several times ``population`` trials to be worth it. It learns from
    complete trials alone.

    Source: Deb, Pratap, Agarwal, Meyarivan, "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE
    Transactions on Evolutionary Computation 6, 2002.

    Args:
        seed: Of this proposal.
        population: Trials of one generation.
        crossover: Chance that a trial has two parents instead of one.
        swapping: Chance that a parameter comes from the second parent.
        mutation: Chance that a parameter is drawn anew; on average one in each trial unless told.
    """
    from optuna.samplers import NSGAIISampler

    return NSGAIISampler(
        seed=seed,
        population_size=population,
        crossover_prob=crossover,
        swapping_prob=swapping,
        mutation_prob=mutation,
    )
