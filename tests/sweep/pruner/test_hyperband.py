import pytest

from runner.sweep.pruner.hyperband import hyperband
from tests.sweep.pruner.curves import flat, lives


def test_trials_are_put_into_brackets_with_later_and_later_first_rungs():
    found = lives(hyperband(27), flat(*[1 - number / 1000 for number in range(400)]))
    assert {1, 3, 9, 27} == set(found)


def test_no_bracket_begins_before_the_first_rung():
    found = lives(hyperband(27, first=9), flat(*[1 - number / 100 for number in range(40)]))
    assert {9, 27} == set(found)


def test_a_first_rung_after_the_end_is_refused():
    with pytest.raises(ValueError, match="first=4"):
        hyperband(3, first=4)
