"""What to try next by a Gaussian process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from runner.sweep.sampler.surrogate.axis import Array
from runner.sweep.sampler.surrogate.process import Process, fit_process
from runner.sweep.sampler.surrogate.propose import propose
from runner.sweep.sampler.surrogate.warp import warps

if TYPE_CHECKING:
    from runner.sweep.sampler.surrogate.acquisition import Acquisition, Rating
    from runner.sweep.sampler.surrogate.encode import Encoder
    from runner.sweep.sampler.surrogate.history import History

ABSENT = 0.5
"""Where a parameter lies that is not active: in the middle; what it depends on tells the points apart."""


def krige(acquisition: Acquisition, encoder: Encoder, history: History, generator: np.random.Generator) -> Array:
    """Return the row that a process, fitted to what is known, rates highest.

    Points without a value count as if they had the one that the process expects: it becomes surer there, and no other.

    Args:
        acquisition: Rates (mean, deviation, best value).
        encoder: Of the space.
        history: What is known.
        generator: Of the candidates.
    """
    known = encoder.features(history.units, ABSENT)
    process = _most_likely(known, history.scores, encoder)
    process = process.believing(encoder.features(history.pending, ABSENT))
    best = float(process.y.max())  # what is believed has to be improved on too, or all would crowd round it

    def rate(units: Array) -> Array:
        return acquisition(*process.predict(encoder.features(units, ABSENT)), best)[0]

    def climb(row: Array) -> Array:
        return _climb(row, encoder, process, lambda mean, deviation: acquisition(mean, deviation, best))

    return propose(encoder, rate, climb, history, generator)


def _most_likely(known: Array, scores: Array, encoder: Encoder) -> Process:
    """Return the process that makes the scores most likely, on the scale on which it does."""
    fits: list[tuple[float, Process]] = []
    for values, slope in warps(scores):
        process, evidence = fit_process(known, values, encoder.owner, near=fits[0][1] if fits else None)
        fits.append((evidence + slope, process))
    return max(fits, key=lambda fit: fit[0])[1]


def _climb(row: Array, encoder: Encoder, process: Process, rating: Callable[[Array, Array], Rating]) -> Array:
    """Return the top of the hill that a row is on: its continuous parameters are moved by L-BFGS-B."""
    from scipy.optimize import minimize

    free = np.flatnonzero(encoder.continuous & encoder.active(row[None])[0])
    if not len(free):
        return row
    columns = [int(np.flatnonzero(encoder.owner == place)[0]) for place in free]
    point = encoder.features(row[None], ABSENT)[0]

    def downhill(places: Array) -> tuple[float, Array]:
        point[columns] = places
        mean, deviation, along, aside = process.slopes(point)
        value, by_mean, by_deviation = rating(np.array([mean]), np.array([deviation]))
        return -float(value[0]), -(by_mean[0] * along + by_deviation[0] * aside)[columns]

    found = minimize(
        downhill, row[free], jac=True, method="L-BFGS-B", bounds=[(0, 1)] * len(free), options={"maxiter": 30}
    )
    top = row.copy()
    top[free] = found.x
    return top
