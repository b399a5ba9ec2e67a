import warnings

import numpy as np

from runner.sweep.sampler.surrogate.design import sobol


def test_more_points_extend_the_same_sequence():
    assert (sobol(20, 3, seed=1)[:7] == sobol(7, 3, seed=1)).all()
    assert (sobol(7, 3, seed=2) != sobol(7, 3, seed=1)).any()


def test_every_sixteenth_of_an_axis_has_one_of_sixteen_points():
    for column in sobol(16, 4, seed=3).T:
        assert sorted(np.floor(column * 16)) == list(range(16))


def test_any_number_of_points_is_asked_for_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sobol(11, 2, seed=0).shape == (11, 2)
