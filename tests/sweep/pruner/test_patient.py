import pytest

from runner.sweep.pruner.patient import patient
from tests.sweep.pruner.curves import flat, lives


def test_what_still_gets_better_is_left_alone_however_bad():
    rising = [[epoch / 1000 for epoch in range(27)]]
    assert lives(patient(27, start=1), flat(0.9) + rising) == [27, 27]


def test_what_gets_worse_leaves_when_patience_is_over():
    falling = [[0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]]
    assert lives(patient(9, patience=3, start=1), flat(0.9, epochs=9) + falling) == [9, 5]
    assert lives(patient(9, patience=5, start=1), flat(0.9, epochs=9) + falling) == [9, 7]


def test_what_is_good_is_left_alone_even_when_it_gets_worse():
    assert lives(patient(9, start=1), [[0.1] * 9, [0.9, *[0.2] * 8]]) == [9, 9]


def test_small_losses_are_tolerated():
    falling = [[0.5, *[0.45] * 8]]
    assert lives(patient(9, tolerance=0.1, start=1), flat(0.9, epochs=9) + falling) == [9, 9]


def test_a_first_epoch_after_the_end_is_refused():
    with pytest.raises(ValueError, match="first=10"):
        patient(9, first=10)
