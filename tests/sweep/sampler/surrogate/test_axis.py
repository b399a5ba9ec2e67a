import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from runner.sweep.sampler.surrogate.axis import Continuous, LogSteps, Names, Steps, axis

DISTRIBUTIONS = [
    FloatDistribution(-2.0, 3.0),
    FloatDistribution(1e-5, 10.0, log=True),
    FloatDistribution(0.1, 0.9, step=0.1),
    IntDistribution(1, 4),
    IntDistribution(10, 100, step=30),
    IntDistribution(1, 1000, log=True),
    CategoricalDistribution(["64", "8", "16"]),
    CategoricalDistribution(["cnn", "mlp", "null"]),
    CategoricalDistribution([True, False]),
]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_every_place_is_a_value_and_every_value_has_its_place(distribution):
    item = axis(distribution)
    for unit in np.linspace(0, 1, 101):
        value = item.value(unit)
        assert distribution._contains(distribution.to_internal_repr(value))
        back = item.unit(value)
        assert item.value(back) == pytest.approx(value) if isinstance(value, float) else item.value(back) == value
        assert item.snap(np.array([unit]))[0] == pytest.approx(back)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_the_columns_of_a_model_are_as_many_as_it_says(distribution):
    item = axis(distribution)
    columns = item.features(item.snap(np.linspace(0, 1, 50)))
    assert columns.shape == (50, item.columns)
    assert columns.min() == pytest.approx(0)
    if item.columns == 1:
        assert columns.max() == pytest.approx(1)
        assert (np.diff(columns[:, 0]) >= 0).all()


def test_the_ends_of_an_interval_are_reached():
    item = axis(FloatDistribution(1e-5, 10.0, log=True))
    assert item == Continuous(1e-5, 10.0, True)
    assert (item.value(0.0), item.value(1.0)) == (1e-5, 10.0)
    assert item.value(0.5) == pytest.approx(1e-2)


def test_what_lies_outside_has_no_place():
    assert axis(FloatDistribution(0, 1)).unit(1.5) is None
    assert axis(FloatDistribution(0, 1)).unit("a") is None
    assert axis(FloatDistribution(0.1, 0.9, step=0.1)).unit(0.25) is None
    assert axis(IntDistribution(1, 4)).unit(5) is None
    assert axis(IntDistribution(1, 100, log=True)).unit(0) is None
    assert axis(CategoricalDistribution(["a", "b"])).unit("c") is None


def test_a_sum_of_steps_is_found_though_its_last_digit_differs():
    item = axis(FloatDistribution(0.1, 0.9, step=0.1))
    assert 0.1 + 2 * 0.1 != 0.3
    assert item.unit(0.3) == item.unit(0.1 + 2 * 0.1) == pytest.approx(2.5 / 9)


def test_choices_that_are_numbers_are_put_in_their_order():
    item = axis(CategoricalDistribution(["64", "8", "1e1"]))
    assert type(item) is Steps
    assert [item.value(unit) for unit in item.levels()] == ["8", "1e1", "64"]
    assert item.features(item.levels())[:, 0].tolist() == [0, 0.5, 1]


@pytest.mark.parametrize(
    "choices", [["a", "b", "c"], ["1", "2", "null"], ["1", "1.0", "2"], [True, False], ["1", "nan"]]
)
def test_other_choices_are_names_all_equally_far_apart(choices):
    item = axis(CategoricalDistribution(choices))
    assert type(item) is Names
    columns = item.features(item.levels())
    distances = np.linalg.norm(columns[:, None] - columns[None], axis=-1)
    assert distances == pytest.approx(1 - np.eye(len(choices)))


def test_whole_numbers_on_a_logarithmic_scale_have_the_share_of_their_neighbourhood():
    item = axis(IntDistribution(1, 100, log=True))
    assert type(item) is LogSteps
    values = [item.value(unit) for unit in np.linspace(0, 1, 2000)]
    assert np.mean([value <= 10 for value in values]) == pytest.approx(
        np.log(10.5 / 0.5) / np.log(100.5 / 0.5), abs=0.01
    )
    assert item.features(item.levels())[[0, 9, 99], 0].tolist() == pytest.approx([0, 0.5, 1])


def test_a_distribution_of_another_kind_is_refused():
    with pytest.raises(TypeError, match="no axis for"):
        axis(object())
