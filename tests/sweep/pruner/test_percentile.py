from runner.sweep.pruner.percentile import percentile
from tests.sweep.pruner.curves import flat, lives


def test_only_the_best_share_goes_on():
    values = (0.1, 0.2, 0.3, 0.4, 0.5)
    assert lives(percentile(27), flat(*values, 0.35, 0.45)) == [27] * 5 + [3, 27]
    assert lives(percentile(27, percent=75), flat(*values, 0.15, 0.25)) == [27] * 5 + [3, 27]


def test_fifty_is_the_median():
    assert lives(percentile(27, percent=50, start=3), flat(0.1, 0.2, 0.3, 0.19, 0.21)) == [27] * 3 + [3, 27]


def test_none_leaves_before_enough_have_finished():
    assert lives(percentile(9, start=3, first=4), flat(0.9, 0.1, 0.1, 0.1, epochs=9)) == [9, 9, 9, 4]
