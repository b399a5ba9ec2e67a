"""A Gaussian process: the fewest trials on small spaces of numbers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from runner.sweep.sampler.single import one_objective
from runner.types import Count, NonNegative, Whole

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

    from runner.sweep.sampler.surrogate.acquisition import Acquisition
    from runner.sweep.space import Space


def gp(
    seed: Whole,
    space: Space | None = None,
    objectives: list[str] | None = None,
    study_seed: Whole | None = None,
    acquisition: Literal["ei", "logei", "pi", "ucb"] = "ei",
    start: Count = 10,
    xi: NonNegative | None = None,
    kappa: NonNegative = 2.0,
) -> BaseSampler:
    """Return a sampler whose process is fitted by maximum marginal likelihood: Matern 5/2, a length for each parameter.

    Trials that still run, or failed, count as if they had the value that is expected of them, so that several workers
    keep apart; pruned ones count with their last value, infeasible ones with the worst. ``logei`` is Optuna's own
    GPSampler: it takes several objectives, and learns from complete trials alone.

    Source: Snoek, Larochelle, Adams, "Practical Bayesian Optimization of Machine Learning Algorithms", NIPS 2012.

    Args:
        seed: Of this proposal.
        space: What is searched.
        objectives: The metrics that are searched for.
        study_seed: Of the whole search: the points of its start are one sequence.
        acquisition: What makes a point worth a trial: the improvement that is expected, ``ei`` or, in Optuna's form,
            ``logei``; its probability, ``pi``; or the upper end of what is expected, ``ucb``.
        start: Points of a Sobol sequence before the model is used.
        xi: Improvement that ``ei`` and ``pi`` ask for, in standard deviations of the values; 0 and 0.05 unless told:
            a probability of any improvement at all would stay where it is.
        kappa: Standard deviations that ``ucb`` adds to what is expected.

    Raises:
        ValueError: There are several objectives, and the acquisition is not ``logei``.
    """
    if acquisition == "logei":
        from optuna.samplers import GPSampler

        return GPSampler(seed=seed, n_startup_trials=start, warn_independent_sampling=False)

    one_objective(f"sweep=gp with sweep.sampler.acquisition={acquisition}", objectives)
    from runner.sweep.sampler.surrogate import acquisition as rules
    from runner.sweep.sampler.surrogate.kriging import krige
    from runner.sweep.sampler.surrogate.sampler import SurrogateSampler

    rules_of: dict[str, Acquisition] = {
        "ei": partial(rules.ei, xi=0.0 if xi is None else xi),
        "pi": partial(rules.pi, xi=0.05 if xi is None else xi),
        "ucb": partial(rules.ucb, kappa=kappa),
    }
    return SurrogateSampler(partial(krige, rules_of[acquisition]), space, seed, study_seed, start)
