"""What to try next by a random forest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from runner.sweep.sampler.surrogate.axis import Array
from runner.sweep.sampler.surrogate.propose import propose
from runner.sweep.sampler.surrogate.trees import fit_forest
from runner.sweep.sampler.surrogate.warp import gaps_of, logarithm

if TYPE_CHECKING:
    from runner.sweep.sampler.surrogate.acquisition import Acquisition
    from runner.sweep.sampler.surrogate.encode import Encoder
    from runner.sweep.sampler.surrogate.history import History

ABSENT = -1.0
"""Where a parameter lies that is not active: outside, so that one split sets such points apart."""
SCALE = 0.05
"""Gaps to the best score, in shares of the median gap, from which on the scale is logarithmic: on a linear one the
forest wastes its splits on how bad the bad ones are."""


def grow(
    acquisition: Acquisition, trees: int, encoder: Encoder, history: History, generator: np.random.Generator
) -> Array:
    """Return the row that a forest, fitted to the logarithms of what is known, rates highest.

    Points without a value count as if they had the one that the forest expects.

    Args:
        acquisition: Rates (mean, deviation, best value) of the logarithms.
        trees: Size of the forest.
        encoder: Of the space.
        history: What is known.
        generator: Of trees and candidates.
    """
    known = encoder.features(history.units, ABSENT)
    values = logarithm(gaps_of(history.scores), SCALE)
    seeds = generator.integers(2**31, size=2).tolist()
    forest = fit_forest(known, values, trees, seeds[0])
    if len(history.pending):
        believed = encoder.features(history.pending, ABSENT)
        values = np.concatenate([values, forest.predict(believed)[0]])
        forest = fit_forest(np.concatenate([known, believed]), values, trees, seeds[1])
    best = float(values.max())

    def rate(units: Array) -> Array:
        return acquisition(*forest.predict(encoder.features(units, ABSENT)), best)[0]

    return propose(encoder, rate, None, history, generator)
