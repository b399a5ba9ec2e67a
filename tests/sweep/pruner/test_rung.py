import pytest

from runner.sweep.pruner.rung import first_rung


@pytest.mark.parametrize(("epochs", "expected"), [(1, 1), (5, 1), (9, 1), (10, 2), (27, 3), (28, 4), (90, 10)])
def test_it_is_a_ninth_of_the_budget_rounded_up(epochs, expected):
    assert first_rung(epochs, None) == expected


def test_what_the_user_wants_counts():
    assert first_rung(27, 5) == 5
    assert first_rung(5, 5) == 5


def test_one_after_the_last_epoch_is_refused_and_the_way_out_told():
    with pytest.raises(ValueError, match=r"first=6 lies after the last of 5 epochs.*first <= 5.*pruner=none"):
        first_rung(5, 6)
