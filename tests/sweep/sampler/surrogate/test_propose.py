import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from runner.sweep.sampler.surrogate.encode import Encoder
from runner.sweep.sampler.surrogate.history import History
from runner.sweep.sampler.surrogate.propose import first_new, propose


def history(*rows, width, pending=()):
    units = np.reshape(rows, (-1, width)).astype(float)
    return History(units, np.zeros(len(units)), np.reshape(pending, (-1, width)).astype(float))


@pytest.mark.parametrize("target", [0.37, 0.0, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_peak_of_a_smooth_rating_is_found_also_at_an_end(target, seed):
    encoder = Encoder({name: FloatDistribution(0, 1) for name in "abcd"})
    row = propose(
        encoder,
        lambda units: -((units - target) ** 2).sum(1),
        None,
        history([0.5] * 4, width=4),
        np.random.default_rng(seed),
    )
    assert row == pytest.approx(np.full(4, target), abs=0.12)


def test_a_climb_makes_it_exact():
    encoder = Encoder({"a": FloatDistribution(0, 1), "b": FloatDistribution(0, 1)})
    peak = np.array([0.123, 0.987])
    row = propose(
        encoder,
        lambda units: -((units - peak) ** 2).sum(1),
        lambda row: peak,
        history(width=2),
        np.random.default_rng(0),
    )
    assert (row == peak).all()


def test_the_best_of_many_combinations_is_found():
    encoder = Encoder(
        {
            "names": CategoricalDistribution(["a", "b", "c", "d"]),
            "few": IntDistribution(1, 9),
            "many": IntDistribution(1, 4096, log=True),
            "other": CategoricalDistribution(["x", "y", "z"]),
        }
    )
    best = encoder.row({"names": "c", "few": 7, "many": 1000, "other": "x"})
    row = propose(encoder, lambda units: -np.abs(units - best).sum(1), None, history(width=4), np.random.default_rng(0))
    found = encoder.params(row)
    assert (found["names"], found["few"], found["other"]) == ("c", 7, "x")
    assert found["many"] == pytest.approx(1000, rel=0.2)


def test_the_neighbours_of_the_best_are_candidates():
    """A needle that no even spread of points would hit."""
    encoder = Encoder({name: FloatDistribution(0, 1) for name in "abcdef"})
    needle = np.full(6, 0.8)
    rated = History(np.array([[0.8] * 5 + [0.6], [0.1] * 6]), np.array([1.0, 0.0]), np.empty((0, 6)))
    row = propose(
        encoder,
        lambda units: -(np.abs(units - needle) > 0.1).sum(1).astype(float),
        None,
        rated,
        np.random.default_rng(0),
    )
    assert row == pytest.approx(needle, abs=0.1)


def test_what_was_tried_is_not_proposed_again():
    encoder = Encoder({"a": CategoricalDistribution(["x", "y", "z"])})
    rows = [encoder.row({"a": value}) for value in "xyz"]
    rate = lambda units: -units[:, 0]  # noqa: E731  # x is best
    first = propose(encoder, rate, None, history(width=1), np.random.default_rng(0))
    second = propose(encoder, rate, None, history(rows[0], width=1), np.random.default_rng(0))
    third = propose(encoder, rate, None, history(rows[0], width=1, pending=[rows[1]]), np.random.default_rng(0))
    assert [encoder.params(row)["a"] for row in (first, second, third)] == ["x", "y", "z"]


def test_when_all_was_tried_the_best_comes_again():
    encoder = Encoder({"a": CategoricalDistribution(["x", "y"])})
    tried = history(*[encoder.row({"a": value}) for value in "xy"], width=1)
    row = propose(encoder, lambda units: units[:, 0], None, tried, np.random.default_rng(0))
    assert encoder.params(row) == {"a": "y"}


def test_the_first_new_row_is_that_which_differs_in_any_parameter():
    rows = np.array([[0.2, 0.3], [0.2, 0.31], [0.9, 0.9]])
    assert first_new(rows, history([0.2, 0.3 + 1e-6], width=2)).tolist() == [0.2, 0.31]
    assert first_new(rows, history(width=2)).tolist() == [0.2, 0.3]
