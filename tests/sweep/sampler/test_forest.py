import numpy as np
import pytest

from runner.sweep.sampler.forest import forest
from runner.sweep.space import Choice, Interval, Space
from tests.sweep.sampler.searches import best

SPACE = Space(
    (
        Interval("lr", ("lr",), 1e-4, 1.0, log=True),
        Choice("model", ("model",), tuple((name,) for name in "abcdef")),
        Interval("depth", ("depth",), 1, 6, when={"model": frozenset("cd")}),
    )
)


def value(point):
    """Best is 1: model c, depth 5, lr 0.01."""
    base = {"a": 0.1, "b": 0.3, "c": 0.5, "d": 0.4, "e": 0.2, "f": 0.3}[point["model"]]
    return base + 0.1 * min(point.get("depth", 0), 5) - 0.2 * abs(np.log10(point["lr"]) + 2)


@pytest.mark.parametrize("acquisition", ["ei", "logei", "pi", "ucb"])
def test_it_beats_random_search_among_choices_and_conditions(acquisition):
    """Twenty-four of its trials are better than sixty random ones."""
    ours = [best(forest, SPACE, value, 24, seed, acquisition=acquisition) for seed in range(3)]
    random = [max(value(SPACE.random(np.random.default_rng(60 * s + n))) for n in range(60)) for s in range(9)]
    assert np.median(ours) > np.median(random)


def test_the_forest_may_be_smaller_and_nothing_random():
    assert best(forest, SPACE, value, 14, 0, trees=3, random=0, start=4) > 0
    assert best(forest, SPACE, value, 8, 0, random=1, start=2) > 0
