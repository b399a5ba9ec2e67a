import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from runner.sweep.sampler.surrogate.process import JITTER, MANY, Process, fit_process, likelihood

OWNER = np.arange(3)
THETA = np.log([0.5, 0.3, 0.9, 1.3, 0.01])  # three lengths, amplitude, noise


def data(count=40, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.random((count, 3))
    y = np.sin(5 * x[:, 0]) + x[:, 1] ** 2 + 0.05 * generator.standard_normal(count)
    return x, (y - y.mean()) / y.std()


def apart(x, owner=OWNER):
    return np.stack([((x[:, None, owner == place] - x[None, :, owner == place]) ** 2).sum(-1) for place in range(3)])


def sklearns(optimizer=None, restarts=0):
    kernel = ConstantKernel(1.3, (0.05, 20)) * Matern([0.5, 0.3, 0.9], (0.03, 20), nu=2.5)
    kernel += WhiteKernel(0.01 + JITTER, (1e-6, 1.0))
    return GaussianProcessRegressor(kernel, alpha=0, optimizer=optimizer, n_restarts_optimizer=restarts, random_state=0)


def process(x, y):
    return Process(x, y, OWNER, np.exp(THETA[:3]), *np.exp(THETA[3:]))


def test_the_likelihood_is_that_of_scikit_learn():
    x, y = data()
    model = sklearns().fit(x, y)
    assert likelihood(THETA, apart(x), y)[0] == pytest.approx(
        model.log_marginal_likelihood(model.kernel_.theta), rel=1e-9
    )


def test_its_slopes_are_those_of_the_likelihood():
    x, y = data()
    _, slopes = likelihood(THETA, apart(x), y)
    for place, slope in enumerate(slopes):
        step = 1e-5 * np.eye(len(THETA))[place]
        ends = [likelihood(THETA + sign * step, apart(x), y)[0] for sign in (1, -1)]
        assert slope == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-4)


def test_what_it_predicts_is_what_scikit_learn_predicts():
    x, y = data()
    new = np.random.default_rng(1).random((20, 3))
    mean, deviation = process(x, y).predict(new)
    expected, spread = sklearns().fit(x, y).predict(new, return_std=True)
    assert mean == pytest.approx(expected)
    assert deviation**2 + 0.01 + JITTER == pytest.approx(spread**2)  # of an observation, with its noise


def test_slopes_along_the_columns_are_those_of_the_prediction():
    model = process(*data())
    point = np.array([0.3, 0.6, 0.2])
    mean, deviation, along, aside = model.slopes(point)
    assert (mean, deviation) == pytest.approx([float(part[0]) for part in model.predict(point[None])])
    for place in range(3):
        step = 1e-5 * np.eye(3)[place]
        (above, wide), (below, narrow) = model.predict((point + step)[None]), model.predict((point - step)[None])
        assert along[place] == pytest.approx((above[0] - below[0]) / 2e-5, rel=1e-4)
        assert aside[place] == pytest.approx((wide[0] - narrow[0]) / 2e-5, rel=1e-4)


@pytest.mark.filterwarnings("ignore:The optimal value found")  # a parameter without influence: both go to the bound
@pytest.mark.parametrize("seed", range(3))
def test_the_fit_is_as_likely_as_scikit_learns_best_of_several(seed):
    x, y = data(seed=seed)
    _, found = fit_process(x, y, OWNER)
    best = sklearns("fmin_l_bfgs_b", restarts=4).fit(x, y).log_marginal_likelihood_value_
    assert found == pytest.approx(best, abs=0.05)


def test_a_fit_from_a_process_nearby_is_no_worse_than_that_one():
    x, y = data()
    model, found = fit_process(x, y, OWNER)
    assert fit_process(x, y, OWNER, near=model)[1] >= found - 1e-6


def test_columns_of_one_parameter_share_its_length():
    generator = np.random.default_rng(0)
    owner = np.array([0, 1, 1, 1, 2])
    x = np.concatenate(
        [generator.random((30, 1)), np.eye(3)[generator.integers(3, size=30)], generator.random((30, 1))], 1
    )
    y = x[:, 0] + x[:, 2]
    model, found = fit_process(x, (y - y.mean()) / y.std(), owner)
    assert model.lengths.shape == (3,)
    theta = np.log([*model.lengths, model.amplitude, model.noise])
    assert likelihood(theta, apart(x, owner), model.y)[0] == pytest.approx(found, abs=1e-6)


def test_what_it_believes_changes_no_mean_but_makes_it_surer():
    model = process(*data(12))
    points = np.random.default_rng(1).random((3, 3))
    believing = model.believing(points)
    new = np.concatenate([points, np.random.default_rng(2).random((50, 3))])
    (mean, deviation), (believed, surer) = model.predict(new), believing.predict(new)
    assert believed == pytest.approx(mean, abs=1e-6)
    assert (surer <= deviation + 1e-9).all()
    assert (surer[:3] < 0.3 * deviation[:3]).all()
    assert model.believing(np.empty((0, 3))) is model


def test_values_that_are_all_the_same_are_no_trouble():
    x, _ = data()
    model, found = fit_process(x, np.zeros(len(x)), OWNER)
    assert found == 0
    mean, deviation = model.predict(np.array([x[0], [0.5, 0.5, 0.5]]))
    assert mean.tolist() == [0, 0]
    assert deviation[0] < deviation[1]


def test_equal_rows_are_no_trouble():
    x, y = np.repeat(np.array([[0.1, 0.2, 0.3], [0.8, 0.7, 0.6]]), 20, axis=0), np.repeat([1.0, -1.0], 20)
    model, found = fit_process(x, y, OWNER)
    assert np.isfinite(found)
    assert model.predict(x[[0, -1]])[0] == pytest.approx([1, -1], abs=0.05)


def test_of_very_many_observations_some_decide_and_all_count():
    x, y = data(MANY + 60)
    model, _ = fit_process(x, y, OWNER)
    assert len(model.x) == MANY + 60
    assert np.corrcoef(model.predict(x)[0], y)[0, 1] > 0.99
