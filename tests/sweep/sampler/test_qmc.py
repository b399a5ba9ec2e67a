import warnings

import numpy
import pytest
from scipy.stats.qmc import Sobol

from runner.sweep.sampler.qmc import qmc
from tests.sweep.spaces import space_of

PLANE = space_of("a.b=interval(0,1)", "c.d=interval(0,1)")
SPACE = space_of("a.b=tag(log,interval(1e-4,1))", "model=cnn,mlp", 'c.d=tag("model=cnn",int(interval(1,4)))')


def test_it_is_scipys_sequence_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        points = qmc().points(PLANE, 200, seed=3)
    expected = Sobol(2, scramble=True, rng=3).random(256)[:200]
    assert numpy.allclose([[point["a.b"], point["c.d"]] for point in points], expected, rtol=0, atol=1e-15)


def test_points_fill_the_space_evenly():
    points = qmc().points(PLANE, 64, seed=0)
    cells = {(int(8 * point["a.b"]), int(8 * point["c.d"])) for point in points}
    assert len(cells) == 64


def test_more_points_extend_the_sequence():
    points = qmc().points(SPACE, 200, seed=1)
    for total in (1, 2, 63, 64, 65, 100):
        assert qmc().points(SPACE, total, seed=1) == points[:total]
    assert qmc().points(SPACE, 200, seed=2) != points


def test_choices_and_conditions_are_reached():
    points = qmc().points(SPACE, 64, seed=0)
    assert {point["model"] for point in points} == {"cnn", "mlp"}
    assert {point.get("c.d") for point in points} == {None, 1, 2, 3, 4}
    assert abs(sum(point["model"] == "cnn" for point in points) - 32) <= 1


def test_a_number_of_points_has_to_be_given():
    with pytest.raises(ValueError, match="how many"):
        qmc().points(PLANE, None, 0)
