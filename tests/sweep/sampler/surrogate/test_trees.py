import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor

from runner.sweep.sampler.surrogate.trees import fit_forest

GENERATOR = np.random.default_rng(0)
X = GENERATOR.random((40, 3))
Y = np.sin(5 * X[:, 0]) + X[:, 1]


def test_the_mean_is_that_of_scikit_learns_forest():
    expected = RandomForestRegressor(12, random_state=3).fit(X, Y).predict(X)
    assert fit_forest(X, Y, 12, seed=3).predict(X)[0] == pytest.approx(expected)


def test_it_is_less_sure_where_its_trees_differ():
    forest = fit_forest(np.array([[0.0], [1.0]]).repeat(10, axis=0), np.array([0.0, 1.0]).repeat(10), 10, seed=0)
    mean, deviation = forest.predict(np.array([[0.0], [1.0]]))
    assert mean == pytest.approx([0, 1])
    assert deviation == pytest.approx([0, 0], abs=1e-5)
    forest = fit_forest(X, Y, 30, seed=0)
    assert (forest.predict(X)[1].mean() < forest.predict(GENERATOR.random((200, 3)))[1]).mean() > 0.6


def test_observations_that_differ_at_one_point_leave_doubt_there():
    """All trees agree on the mean of a leaf, more or less; what is in the leaf does not."""
    y = np.tile([0.0, 1.0], 200)
    _, deviation = fit_forest(np.zeros((400, 1)), y, 10, seed=0).predict(np.zeros((1, 1)))
    assert deviation[0] == pytest.approx(0.5, abs=0.02)
