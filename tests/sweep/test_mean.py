import math

import pytest

from runner.sweep.mean import mean_and_sd


def test_mean_and_the_deviation_of_a_sample():
    assert mean_and_sd([1.0, 2.0, 4.0]) == (pytest.approx(7 / 3), pytest.approx(math.sqrt(7 / 3)))
    assert mean_and_sd([3.0]) == (3.0, None)
    assert math.isnan(mean_and_sd([])[0])
