import numpy as np
import pytest
from optuna.samplers import GPSampler

from runner.sweep.sampler.gp import gp
from runner.sweep.space import Interval, Space
from tests.sweep.sampler.searches import best, hills

PLANE = Space((Interval("x", ("x",), 0.0, 1.0), Interval("y", ("y",), 0.0, 1.0)))


@pytest.mark.parametrize("acquisition", ["ei", "pi", "ucb"])
def test_it_beats_random_search_on_a_smooth_function(acquisition):
    """Twenty-four of its trials are better than sixty random ones."""
    ours = [best(gp, PLANE, hills, 24, seed, acquisition=acquisition) for seed in range(5)]
    random = [
        max(hills(dict(zip("xy", row, strict=True))) for row in np.random.default_rng(s).random((60, 2)))
        for s in range(9)
    ]
    assert np.median(ours) > np.median(random)


def test_logei_is_optunas_own():
    sampler = gp(seed=3, acquisition="logei")
    assert type(sampler) is GPSampler


@pytest.mark.parametrize("acquisition", ["ei", "pi", "ucb"])
def test_several_objectives_need_logei(acquisition):
    with pytest.raises(
        ValueError, match=rf"sweep=gp with sweep.sampler.acquisition={acquisition} looks for one objective"
    ):
        gp(seed=0, objectives=["loss", "params"], acquisition=acquisition)
    assert type(gp(seed=0, objectives=["loss", "params"], acquisition="logei")) is GPSampler
