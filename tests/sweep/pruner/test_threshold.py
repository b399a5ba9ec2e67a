import pytest

from runner.sweep.pruner.threshold import threshold
from tests.sweep.pruner.curves import lives


def test_what_leaves_the_range_is_stopped_at_once():
    assert lives(threshold(lower=0.2), [[0.3, 0.1, 0.3, 0.3]]) == [2]
    assert lives(threshold(upper=10), [[3.0, 4.0, 11.0, 3.0]], maximize=False) == [3]
    assert lives(threshold(lower=0.2, upper=10), [[0.2, 10.0, 0.2, 0.2]]) == [4]


def test_what_is_not_a_number_is_stopped():
    assert lives(threshold(upper=10), [[1.0, float("nan"), 1.0]]) == [2]


def test_it_looks_away_at_first():
    assert lives(threshold(lower=0.2, first=3), [[0.1, 0.1, 0.3, 0.1, 0.3]]) == [4]


def test_a_bound_is_needed():
    with pytest.raises(ValueError, match=r"needs a bound: sweep\.pruner\.lower"):
        threshold()


def test_bounds_have_to_leave_room():
    with pytest.raises(ValueError, match="lower=2 lies above its upper=1"):
        threshold(lower=2, upper=1)
