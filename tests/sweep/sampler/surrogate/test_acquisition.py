import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from runner.sweep.sampler.surrogate.acquisition import ei, log_ei, pi, ucb

CASES = [(0.0, 1.0, 0.5), (2.0, 0.3, 0.5), (-1.0, 0.7, 1.0), (0.4, 2.0, 0.5), (-3.0, 0.5, 0.2)]


def one(rule, mean, deviation, *rest, **options):
    return [float(part[0]) for part in rule(np.array([mean]), np.array([deviation]), *rest, **options)]


@pytest.mark.parametrize(("mean", "deviation", "best"), CASES)
@pytest.mark.parametrize("xi", [0.0, 0.1])
def test_expected_improvement_is_the_integral_over_all_improvements(mean, deviation, best, xi):
    low = best + xi
    expected, _ = quad(lambda y: (y - low) * norm.pdf(y, mean, deviation), low, low + 40 * deviation, limit=200)
    assert np.exp(one(ei, mean, deviation, best, xi=xi)[0]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("mean", "deviation", "best"), CASES)
def test_probability_of_improvement_is_the_integral_of_the_density(mean, deviation, best):
    expected, _ = quad(lambda y: norm.pdf(y, mean, deviation), best + 0.1, best + 0.1 + 40 * deviation, limit=200)
    assert np.exp(one(pi, mean, deviation, best, xi=0.1)[0]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("mean", "deviation", "best"), CASES)
def test_expected_improvement_of_a_cost_is_the_integral_over_its_improvements(mean, deviation, best):
    def improved(y):
        return (np.exp(-best) - np.exp(-y)) * norm.pdf(y, mean, deviation)

    expected, _ = quad(improved, best, best + 40 * deviation, limit=200)
    assert np.exp(one(log_ei, mean, deviation, best)[0] - best) == pytest.approx(expected, rel=1e-6)


def test_the_upper_bound_is_so_many_deviations_up():
    assert one(ucb, 1.0, 0.5, 9.9, kappa=3.0) == [2.5, 1.0, 3.0]


FAR = [(-60.0, 1.0, 0.0), (-1.0 + 1e-9, 1.0, 0.0)]


@pytest.mark.parametrize(
    ("rule", "mean", "deviation", "best"),
    [(rule, *case) for rule in (ei, pi, ucb) for case in CASES + FAR] + [(log_ei, *case) for case in CASES],
)
def test_slopes_are_those_of_the_rating(rule, mean, deviation, best):
    _, by_mean, by_deviation = one(rule, mean, deviation, best)
    step = 1e-5
    assert by_mean == pytest.approx(
        (one(rule, mean + step, deviation, best)[0] - one(rule, mean - step, deviation, best)[0]) / (2 * step), rel=1e-4
    )
    assert by_deviation == pytest.approx(
        (one(rule, mean, deviation + step, best)[0] - one(rule, mean, deviation - step, best)[0]) / (2 * step), rel=1e-4
    )


@pytest.mark.parametrize("rule", [ei, pi])
def test_far_below_the_best_candidates_still_differ(rule):
    ratings = rule(-np.array([30.0, 300, 3000, 3e4, 3e6]), np.ones(5), 0.0)[0]
    assert np.isfinite(ratings).all()
    assert (np.diff(ratings) < 0).all()


def test_expected_improvement_is_smooth_where_the_two_forms_of_it_meet():
    z = np.linspace(-1 - 1e-6, -1 + 1e-6, 21)
    ratings = ei(z, np.ones(21), 0.0)[0]
    assert np.diff(ratings) == pytest.approx(np.full(20, np.diff(ratings).mean()), rel=1e-3)
    far = ei(np.array([-999.9, -1000.1]), np.ones(2), 0.0)[0]
    assert far[0] - far[1] == pytest.approx(200.0, rel=1e-2)
