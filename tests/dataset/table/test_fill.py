import numpy
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.dataset.table.fill import interpolated, most_frequent, number_for

NUMBERS = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=30)


@settings(deadline=None, max_examples=60)
@given(NUMBERS, st.sampled_from(["mean", "median", "mode"]))
def test_numbers_are_those_of_pandas(values, how):
    series = pandas.Series(values)
    expected = series.mode()[0] if how == "mode" else getattr(series, how)()
    assert number_for(numpy.array(values), how) == pytest.approx(expected)


@pytest.mark.parametrize("how", ["drop", "interpolate"])
def test_the_median_stands_in(how):
    assert number_for(numpy.array([1.0, 2.0, 9.0]), how) == 2


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=20))
def test_the_most_frequent_text_is_that_of_pandas(values):
    assert most_frequent(values) == pandas.Series(values).mode()[0]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(st.none(), st.integers(-5, 5)), min_size=1, max_size=20), st.randoms())
def test_lines_between_neighbours_are_those_of_pandas(values, random):
    places = numpy.array(sorted(random.sample(range(100), len(values))))
    series = pandas.Series(values, index=places, dtype=float)
    expected = series.interpolate(method="index", limit_direction="both")
    numpy.testing.assert_allclose(interpolated(series.to_numpy(), places), expected)
