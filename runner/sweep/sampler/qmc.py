"""Points that fill the space evenly, where random ones leave holes: a scrambled Sobol sequence."""

from __future__ import annotations

import warnings

from runner.sweep.sampler.design import Design, distinct
from runner.sweep.space import Point, Space


class Sequence:
    """The points of one sequence, in order; each dimension has its own coordinate, also where it is not active."""

    def points(self, space: Space, total: int | None, seed: int) -> list[Point]:
        """Return ``total`` different points.

        Raises:
            ValueError: Nobody said how many.
        """
        if total is None:
            raise ValueError("sweep.trials: how many points of the sequence?")
        return distinct(lambda start, stop: draw(space, seed, start, stop), space, total)


def draw(space: Space, seed: int, start: int, stop: int) -> list[Point]:
    """Return the points of the sequence from one number to the one before another."""
    if not space.dimensions:
        return [{}]
    from scipy.stats.qmc import Sobol

    sequence = Sobol(len(space.dimensions), scramble=True, rng=seed)
    if start:
        sequence.fast_forward(start)
    with warnings.catch_warnings():  # it wants powers of two; a search wants any number, and to go on later
        warnings.simplefilter("ignore", UserWarning)
        return [space.from_unit(row) for row in sequence.random(stop - start).tolist()]


def qmc() -> Design:
    """Return quasi-random search.

    Source: Owen, "Scrambling Sobol and Niederreiter-Xing Points", J. of Complexity 14, 1998.
    """
    return Sequence()
