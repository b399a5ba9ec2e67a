"""Independent random points: hard to beat with many keys of which few matter."""

from __future__ import annotations

from runner.sweep.sampler.design import Design, distinct
from runner.sweep.space import Point, Space


class Random:
    """Points that are each a function of the seed and their number."""

    def points(self, space: Space, total: int | None, seed: int) -> list[Point]:
        """Return ``total`` different points.

        Raises:
            ValueError: Nobody said how many.
        """
        from numpy.random import default_rng

        if total is None:
            raise ValueError("sweep.trials: how many random points?")
        return distinct(
            lambda start, stop: [space.random(default_rng([seed, k])) for k in range(start, stop)], space, total
        )


def random() -> Design:
    """Return random search.

    Source: Bergstra, Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13, 2012.
    """
    return Random()
