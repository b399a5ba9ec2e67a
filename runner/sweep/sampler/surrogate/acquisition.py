"""What makes a candidate worth a trial: functions of the mean and deviation that a model expects there.

Each returns a number for every candidate, more is better, and its slopes with respect to the mean and the deviation.
Those of improvement and probability are logarithms, which rank alike and still have a slope where the number itself is
zero to machine precision (Ament et al., "Unexpected Improvements to Expected Improvement", arXiv 2310.20708).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from runner.sweep.sampler.surrogate.axis import Array

Rating = tuple[Array, Array, Array]
Acquisition = Callable[[Array, Array, float], Rating]
"""(mean, deviation, best value so far) -> rating."""


def ei(mean: Array, deviation: Array, best: float, xi: float = 0.0) -> Rating:
    """Return the logarithm of the expected improvement over ``best`` by more than ``xi``.

    Source: Jones, Schonlau, Welch, "Efficient Global Optimization", J. of Global Optimization 13, 1998, equation 15.

    Args:
        mean, deviation: What the model expects at each candidate.
        best: What is to be improved on.
        xi: By how much.
    """
    from scipy.special import log_ndtr

    z = (mean - best - xi) / deviation
    gain = _log_gain(z)
    slope = np.exp(log_ndtr(z) - gain)  # of the logarithm with respect to z: Phi / (z Phi + phi)
    return np.log(deviation) + gain, slope / deviation, (1 - z * slope) / deviation


def log_ei(mean: Array, deviation: Array, best: float) -> Rating:
    """Return the logarithm of the expected improvement of a cost of which the values are minus the logarithm.

    Source: Hutter, Hoos, Leyton-Brown, Murphy, "An Experimental Investigation of Model-Based Parameter Optimisation",
    GECCO 2009, equation 4.

    Args:
        mean, deviation: What the model expects of minus the logarithm of the cost at each candidate.
        best: What is to be improved on.
    """
    from scipy.special import log_ndtr

    z = (mean - best) / deviation
    chance = log_ndtr(z)
    lost = best - mean + deviation**2 / 2 + log_ndtr(z - deviation)  # all three without the factor exp(-best)
    gain = chance + np.log(-np.expm1(np.minimum(lost - chance, -1e-15)))
    aside = np.exp(best - mean + deviation**2 / 2 + _log_density(z - deviation) - gain)
    return gain, np.exp(lost - gain), aside - deviation * np.exp(lost - gain)


def pi(mean: Array, deviation: Array, best: float, xi: float = 0.0) -> Rating:
    """Return the logarithm of the probability of an improvement over ``best`` by more than ``xi``.

    Source: Kushner, "A New Method of Locating the Maximum Point", J. of Basic Engineering 86, 1964.

    Args:
        mean, deviation: What the model expects at each candidate.
        best: What is to be improved on.
        xi: By how much.
    """
    from scipy.special import log_ndtr

    z = (mean - best - xi) / deviation
    chance = log_ndtr(z)
    slope = np.exp(_log_density(z) - chance)
    return chance, slope / deviation, -z * slope / deviation


def ucb(mean: Array, deviation: Array, best: float, kappa: float = 2.0) -> Rating:
    """Return the upper end of what is to be expected.

    Source: Srinivas et al., "Gaussian Process Optimization in the Bandit Setting", ICML 2010, arXiv 0912.3995.

    Args:
        mean, deviation: What the model expects at each candidate.
        best: Has no part in it.
        kappa: Deviations above the mean.
    """
    return mean + kappa * deviation, np.ones_like(mean), np.full_like(deviation, kappa)


def _log_density(z: Array) -> Array:
    return np.asarray(-0.5 * z**2 - 0.5 * np.log(2 * np.pi))


def _log_gain(z: Array) -> Array:
    """Return log(z Phi(z) + phi(z)), by its asymptotic series far below zero, where the terms cancel."""
    from scipy.special import erfcx, ndtr

    near = np.maximum(z, -1.0)
    far = np.minimum(z, -1.0)
    close = np.log(near * ndtr(near) + np.exp(_log_density(near)))
    # Phi / phi = sqrt(pi / 2) erfcx(-z / sqrt 2), so that z Phi + phi = phi (1 + z Phi / phi)
    rest = 1 + far * np.sqrt(np.pi / 2) * erfcx(-far / np.sqrt(2))
    very = far < -1e3
    rest = np.where(very, 1 / np.maximum(far**2, 1.0), rest)
    logarithm: Array = np.where(z > -1.0, close, _log_density(far) + np.log(np.maximum(rest, 1e-300)))
    return logarithm
