"""Points that fill a space evenly."""

from __future__ import annotations

import warnings

import numpy as np

from runner.sweep.sampler.surrogate.axis import Array


def sobol(count: int, width: int, seed: int) -> Array:
    """Return the first points of a scrambled Sobol sequence: [count, width] places in [0, 1).

    Source: Owen, "Scrambling Sobol and Niederreiter-Xing Points", J. of Complexity 14, 1998.

    Args:
        count: Points; more of them extend the same sequence.
        width: Parameters.
        seed: Of the scrambling: the sequence.
    """
    from scipy.stats.qmc import Sobol

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # its balance holds for powers of two; any prefix is even enough
        return np.asarray(Sobol(width, scramble=True, rng=seed).random(count))
