import pytest

from runner.sweep.pruner.asha import asha
from tests.sweep.pruner.curves import flat, lives


def test_the_worst_leave_at_the_first_rung_a_ninth_of_the_budget():
    assert lives(asha(27), flat(0.9, 0.5, 0.4, 0.3)) == [27, 3, 3, 3]


def test_a_third_goes_on_at_each_rung():
    worse = [[0.5] * 8 + [0.1] * 19]  # among the best at epoch 3, not at epoch 9
    assert lives(asha(27), flat(*[0.4] * 3, 0.1, 0.1) + worse) == [27, 27, 27, 3, 3, 9]


def test_minimised_the_largest_leave():
    assert lives(asha(27), flat(0.1, 0.5, 0.05), maximize=False) == [27, 3, 27]


def test_rungs_are_where_they_were_asked_for():
    curves = [[0.9] * 16, [0.9, *[0.1] * 15], [*[0.9] * 7, *[0.1] * 9]]
    assert lives(asha(16, reduction=2, first=4), curves) == [16, 4, 8]


def test_what_is_not_a_number_leaves_at_the_first_rung():
    assert lives(asha(9), flat(float("nan"), epochs=9)) == [1]


def test_a_single_epoch_is_left_alone():
    assert lives(asha(1), flat(0.9, 0.1, epochs=1)) == [1, 1]


def test_a_first_rung_after_the_end_is_refused():
    with pytest.raises(ValueError, match="first=28"):
        asha(27, first=28)
