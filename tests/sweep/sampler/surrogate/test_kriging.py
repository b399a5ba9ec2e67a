from functools import partial

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution

from runner.sweep.sampler.surrogate.acquisition import ei, pi, ucb
from runner.sweep.sampler.surrogate.encode import Encoder
from runner.sweep.sampler.surrogate.history import History
from runner.sweep.sampler.surrogate.kriging import krige

PLANE = Encoder({"x": FloatDistribution(0, 1), "y": FloatDistribution(0, 1)})
GENERATOR = np.random.default_rng(0)
UNITS = GENERATOR.random((25, 2))


def hill(units):
    return -((units - np.array([0.3, 0.7])) ** 2).sum(axis=1)


def history(scores=None, pending=()):
    return History(UNITS, hill(UNITS) if scores is None else scores, np.reshape(pending, (-1, 2)).astype(float))


@pytest.mark.parametrize("rule", [ei, partial(pi, xi=0.05), partial(ucb, kappa=1.0)], ids=["ei", "pi", "ucb"])
def test_the_top_of_a_smooth_hill_is_next(rule):
    assert krige(rule, PLANE, history(), np.random.default_rng(1)) == pytest.approx([0.3, 0.7], abs=0.05)


def test_a_wide_enough_bound_goes_where_nobody_was():
    row = krige(partial(ucb, kappa=1000.0), PLANE, history(), np.random.default_rng(1))
    assert np.abs(UNITS - row).max(axis=1).min() > 0.1


def test_with_points_under_way_others_are_proposed():
    few, pending = UNITS[:8], []
    for number in range(5):
        under_way = np.reshape(pending, (-1, 2)).astype(float)
        pending.append(krige(ei, PLANE, History(few, hill(few), under_way), np.random.default_rng(number)))
    apart = np.abs(np.array(pending)[:, None] - np.array(pending)[None]).max(axis=-1)
    assert apart[np.triu_indices(5, 1)].min() > 0.01


def test_of_names_the_one_that_was_better_is_next_with_the_best_number():
    encoder = Encoder({"x": FloatDistribution(0, 1), "c": CategoricalDistribution(["a", "b", "c"])})
    units = encoder.snap(np.random.default_rng(0).random((40, 2)))
    scores = np.array([(0.5 if encoder.params(row)["c"] == "b" else 0.0) - (row[0] - 0.8) ** 2 for row in units])
    row = krige(ei, encoder, History(units, scores, np.empty((0, 2))), np.random.default_rng(0))
    assert encoder.params(row) == {"x": pytest.approx(0.8, abs=0.05), "c": "b"}


def test_disasters_do_not_hide_the_hill():
    def value(units):
        return np.where(units[:, 0] > 0.7, -1e9, hill(units))

    units = UNITS[:12]
    for number in range(12):
        found = History(units, value(units), np.empty((0, 2)))
        units = np.concatenate([units, krige(ei, PLANE, found, np.random.default_rng(number))[None]])
    assert (units[:12, 0] > 0.7).sum() == 5
    assert value(units).max() > -2e-3


def test_of_equal_scores_a_point_far_from_all_is_next():
    units = np.array([[0.1, 0.1], [0.2, 0.1], [0.1, 0.2]])
    row = krige(ei, PLANE, History(units, np.full(3, 0.7), np.empty((0, 2))), np.random.default_rng(0))
    assert row.min() > 0.7
