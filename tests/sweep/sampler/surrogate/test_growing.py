from functools import partial

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution

from runner.sweep.sampler.surrogate.acquisition import ei, log_ei, pi, ucb
from runner.sweep.sampler.surrogate.encode import Encoder
from runner.sweep.sampler.surrogate.growing import grow
from runner.sweep.sampler.surrogate.history import History

ENCODER = Encoder({"x": FloatDistribution(0, 1), "c": CategoricalDistribution(["a", "b", "c"])})
UNITS = ENCODER.snap(np.random.default_rng(0).random((60, 2)))
SCORES = np.array([(0.5 if ENCODER.params(row)["c"] == "b" else 0.0) - (row[0] - 0.8) ** 2 for row in UNITS])


@pytest.mark.parametrize(
    "rule", [ei, log_ei, partial(pi, xi=0.05), partial(ucb, kappa=1.0)], ids=["ei", "logei", "pi", "ucb"]
)
def test_the_best_region_is_next(rule):
    row = grow(rule, 20, ENCODER, History(UNITS, SCORES, np.empty((0, 2))), np.random.default_rng(0))
    assert ENCODER.params(row) == {"x": pytest.approx(0.8, abs=0.2), "c": "b"}


def test_points_under_way_are_not_proposed_again():
    pending = []
    for _ in range(4):
        under_way = np.reshape(pending, (-1, 2)).astype(float)
        pending.append(grow(ei, 20, ENCODER, History(UNITS, SCORES, under_way), np.random.default_rng(0)))
    assert len({tuple(row) for row in pending}) == 4


def test_equal_scores_are_no_trouble():
    row = grow(log_ei, 5, ENCODER, History(UNITS, np.full(60, 0.7), np.empty((0, 2))), np.random.default_rng(0))
    assert np.isfinite(row).all()
