"""Scales on which the values of trials may be easier to model than on their own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from runner.sweep.sampler.surrogate.axis import Array

SCALES = (1.0, None, 0.1)
"""Gaps to the best, in shares of the median gap, from which on the scale is logarithmic; None: it is linear."""
FAR = 100.0
"""Gaps beyond so many median ones are all the same: a training that diverged says no more than one that failed."""


def warps(scores: Array) -> Iterator[tuple[Array, float]]:
    """Yield values with mean 0 and deviation 1 that rank as the scores do, on one scale after the other.

    With them comes the logarithm of their slope, summed over the scores, which makes likelihoods on different scales
    comparable, so that the scale can be chosen as a process's parameters are (Snelson, Rasmussen, Ghahramani, "Warped
    Gaussian Processes", NIPS 2003, equation 6). Equal scores are all 0, on the only scale that there is then.

    Args:
        scores: More is better.
    """
    gaps = gaps_of(scores)
    if not gaps.any():
        yield np.zeros_like(scores), 0.0
        return
    for scale in SCALES:
        values = -gaps if scale is None else scale * logarithm(gaps, scale)
        slopes = 0.0 if scale is None else logarithm(gaps, scale).sum()
        deviation = values.std()
        yield (values - values.mean()) / deviation, float(slopes - len(scores) * np.log(deviation))


def logarithm(gaps: Array, scale: float) -> Array:
    """Return minus the logarithms of gaps, in shares of ``scale``, that are one larger: 0 for the best score.

    A bad learning rate can cost a hundred times what lies between the good ones; here a model sees both.
    """
    return np.asarray(-np.log1p(gaps / scale))


def gaps_of(scores: Array) -> Array:
    """Return what scores lack to the best one, in shares of the median gap; of the mean one, if most have none."""
    gaps = scores.max() - scores
    unit = float(np.median(gaps)) or float(gaps.mean()) or 1.0
    shares: Array = np.minimum(gaps / unit, FAR)
    return shares
