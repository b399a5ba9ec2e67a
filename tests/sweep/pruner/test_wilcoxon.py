from runner.sweep.pruner.wilcoxon import wilcoxon
from tests.sweep.pruner.curves import lives

BEST = [0.9, 0.8, 0.85, 0.95, 0.9, 0.8, 0.9, 0.85]


def test_what_is_worse_in_nearly_every_fold_leaves():
    worse = [value - 0.1 - fold / 1000 for fold, value in enumerate(BEST)]
    assert lives(wilcoxon(), [BEST, worse]) == [8, 4]  # four of four: p = 1/16


def test_a_smaller_p_takes_longer_to_be_sure():
    worse = [value - 0.1 - fold / 1000 for fold, value in enumerate(BEST)]
    assert lives(wilcoxon(p=0.02), [BEST, worse]) == [8, 6]  # six of six: p = 1/64
    assert lives(wilcoxon(p=0.1, first=6), [BEST, worse]) == [8, 6]


def test_what_is_sometimes_better_stays():
    mixed = [value + (0.05 if fold % 2 else -0.05) for fold, value in enumerate(BEST)]
    assert lives(wilcoxon(), [BEST, mixed]) == [8, 8]
