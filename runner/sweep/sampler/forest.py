"""A random forest: spaces with many choices and conditions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from runner.sweep.sampler.single import one_objective
from runner.types import Count, NonNegative, Whole

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

    from runner.sweep.sampler.surrogate.acquisition import Acquisition
    from runner.sweep.space import Space


def forest(
    seed: Whole,
    space: Space | None = None,
    objectives: list[str] | None = None,
    study_seed: Whole | None = None,
    acquisition: Literal["ei", "logei", "pi", "ucb"] = "logei",
    start: Count = 10,
    xi: NonNegative | None = None,
    kappa: NonNegative = 2.0,
    trees: Count = 30,
    random: Whole = 8,
) -> BaseSampler:
    """Return a sampler that fits a forest to the logarithm of how much each trial lacks to the best one.

    Trials that still run, or failed, count as if they had the value that is expected of them, so that several workers
    keep apart; pruned ones count with their last value, infeasible ones with the worst.

    Source: Hutter, Hoos, Leyton-Brown, "Sequential Model-Based Optimization for General Algorithm Configuration",
    LION 2011; from its successor SMAC3 are the even start, the logarithm, and a random trial now and then.

    Args:
        seed: Of this proposal.
        space: What is searched.
        objectives: The metrics that are searched for.
        study_seed: Of the whole search: the points of its start are one sequence.
        acquisition: What makes a point worth a trial: the improvement that is expected, of the logarithm, ``ei``, or of
            what it is the logarithm of, ``logei``; its probability, ``pi``; or the upper end of what is expected,
            ``ucb``.
        start: Points of a Sobol sequence before the model is used.
        xi: Improvement that ``ei`` and ``pi`` ask for, of the logarithms: 0.1 for a tenth less; 0 and 0.2 unless told:
            a probability of any improvement at all would stay where it is.
        kappa: Standard deviations that ``ucb`` adds to what is expected.
        trees: Size of the forest.
        random: Every so many trials is a random point; 0: none.

    Raises:
        ValueError: There are several objectives.
    """
    one_objective("sweep=forest", objectives)
    from runner.sweep.sampler.surrogate import acquisition as rules
    from runner.sweep.sampler.surrogate.growing import grow
    from runner.sweep.sampler.surrogate.sampler import SurrogateSampler

    rules_of: dict[str, Acquisition] = {
        "ei": partial(rules.ei, xi=0.0 if xi is None else xi),
        "logei": rules.log_ei,
        "pi": partial(rules.pi, xi=0.2 if xi is None else xi),
        "ucb": partial(rules.ucb, kappa=kappa),
    }
    return SurrogateSampler(partial(grow, rules_of[acquisition], trees), space, seed, study_seed, start, random)
