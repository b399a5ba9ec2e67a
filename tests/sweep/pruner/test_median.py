import pytest

from runner.sweep.pruner.median import median
from tests.sweep.pruner.curves import flat, lives


def test_what_is_worse_than_the_median_leaves_once_five_are_through():
    assert lives(median(27), flat(0.1, 0.2, 0.3, 0.4, 0.5, 0.29, 0.31)) == [27] * 5 + [3, 27]


def test_minimised_the_larger_half_leaves():
    assert lives(median(27), flat(1, 2, 3, 4, 5, 4, 2), maximize=False) == [27] * 5 + [3, 27]


def test_when_and_after_how_many_trials_are_the_users():
    assert lives(median(27, start=1, first=7), flat(0.5, 0.4)) == [27, 7]


def test_a_dip_is_forgiven_if_a_value_before_it_was_good():
    assert lives(median(9, start=1), [[0.5] * 9, [0.6] + [0.1] * 8]) == [9, 9]


def test_a_first_epoch_after_the_end_is_refused():
    with pytest.raises(ValueError, match="first=10"):
        median(9, first=10)
