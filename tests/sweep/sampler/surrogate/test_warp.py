import numpy as np
import pytest

from runner.sweep.sampler.surrogate.warp import SCALES, gaps_of, logarithm, warps

SCORES = np.array([0.6, 0.9, 0.95, 0.94, 0.7, 0.52, 0.93])


def test_values_rank_as_the_scores_with_mean_nought_and_deviation_one():
    found = list(warps(SCORES))
    assert len(found) == len(SCALES)
    for values, _ in found:
        assert np.argsort(values).tolist() == np.argsort(SCORES).tolist()
        assert values.mean() == pytest.approx(0)
        assert values.std() == pytest.approx(1)


def test_one_scale_is_that_of_the_scores_themselves():
    values, _ = list(warps(SCORES))[SCALES.index(None)]
    assert values == pytest.approx((SCORES - SCORES.mean()) / SCORES.std())


def test_a_logarithmic_scale_tells_the_good_ones_apart_beside_a_disaster():
    linear, _ = list(warps(SCORES))[SCALES.index(None)]
    fine, _ = list(warps(SCORES))[SCALES.index(0.1)]
    assert fine[2] - fine[3] > 3 * (linear[2] - linear[3])


@pytest.mark.parametrize("index", range(len(SCALES)))
def test_the_slope_is_that_of_the_values(index):
    """But for a factor common to all scales, the logarithm of the product of d value / d score."""
    values, slope = list(warps(SCORES))[index]
    order = np.argsort(SCORES)
    expected = []
    for place in order[:-1]:  # the best stays where it is: gaps are counted from it
        if SCORES[place] == np.median(SCORES):
            continue  # the unit of gaps would change with it
        moved = SCORES.copy()
        step = 1e-6 * abs(SCORES.max() - SCORES[place])
        moved[place] += step
        raw = [_raw(scores, SCALES[index])[place] for scores in (SCORES, moved)]
        expected.append(np.log((raw[1] - raw[0]) / step))
    unit, deviation = np.median(SCORES.max() - SCORES), _raw(SCORES, SCALES[index]).std()
    others = [0.0, 0.0] if SCALES[index] is None else [0.0, -np.log1p(1 / SCALES[index])]  # of the best and the median
    total = sum(expected) + sum(others) + (len(expected)) * np.log(unit)
    assert slope == pytest.approx(total - len(SCORES) * np.log(deviation), abs=1e-4)
    assert (values * deviation) == pytest.approx(_raw(SCORES, SCALES[index]) - _raw(SCORES, SCALES[index]).mean())


def _raw(scores, scale):
    gaps = (scores.max() - scores) / np.median(SCORES.max() - SCORES)
    return -gaps if scale is None else -scale * np.log1p(gaps / scale)


def test_equal_scores_are_nought():
    ((values, slope),) = warps(np.full(4, 0.7))
    assert values.tolist() == [0.0] * 4
    assert slope == 0.0


def test_more_than_half_of_them_may_be_the_best():
    for values, slope in warps(np.array([1.0, 1.0, 1.0, 0.0])):
        assert np.isfinite(values).all()
        assert np.isfinite(slope)


@pytest.mark.parametrize("worst", [-200.0, -1e30, -1e300])
def test_beyond_some_loss_all_losses_are_the_same(worst):
    moderate = np.array([0.1, 0.2, 0.3, 0.25, -101.0])
    enormous = np.array([0.1, 0.2, 0.3, 0.25, worst])
    assert gaps_of(enormous).tolist() == gaps_of(moderate).tolist()
    for values, slope in warps(enormous):
        assert np.isfinite(values).all()
        assert np.isfinite(slope)


def test_gaps_are_shares_of_the_median_one():
    assert gaps_of(np.array([1.0, 0.8, 0.0])).tolist() == pytest.approx([0, 1, 5])
    assert gaps_of(np.array([1.0, 1.0, 0.7])).tolist() == pytest.approx([0, 0, 3])
    assert gaps_of(np.array([1.0, 1.0])).tolist() == [0, 0]


def test_on_a_logarithmic_scale_the_best_is_nought_and_equal_ratios_are_equal_steps():
    values = logarithm(np.array([0.0, 10.0, 100.0, 1000.0]), 0.01)
    assert values[0] == 0
    assert np.diff(values[1:]) == pytest.approx([-np.log(10)] * 2, rel=1e-3)
