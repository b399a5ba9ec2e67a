import math

import optuna
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from runner.sweep.grammar import reader
from runner.sweep.interval import Interval
from tests.sweep.spaces import messages, space_of

PARSER = reader()
LR = "optimizer.lr=tag(log, grid4, interval(1e-4, 1e-1))"


def only(*words, **settings):
    (dimension,) = space_of(*words, **settings).dimensions
    return dimension


def test_an_interval_is_closed_and_has_real_numbers():
    dimension = only("optimizer.lr=interval(0,1)")
    assert dimension.distribution() == optuna.distributions.FloatDistribution(0.0, 1.0)
    assert dimension.probes() == [0.0, 1.0]
    assert dimension.count is None
    assert not dimension.is_finite


def test_tags_may_be_inside_or_outside_of_int():
    for text in ("int(tag(log, interval(1, 100)))", "tag(log, int(interval(1, 100)))"):
        dimension = only(f"epochs={text}")
        assert dimension.distribution() == optuna.distributions.IntDistribution(1, 100, log=True)
        assert dimension.count == 100


def test_points_of_a_grid_have_both_ends_exactly_and_equal_ratios():
    points = only(LR).grid()
    assert (points[0], points[-1], len(points)) == (1e-4, 1e-1, 4)
    assert [points[i + 1] / points[i] for i in range(3)] == pytest.approx([10, 10, 10])
    assert only("a.b=tag(grid5,interval(0,1))").grid() == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_whole_points_are_rounded_and_there_once():
    assert only("a.b=tag(grid4,int(interval(1,10)))").grid() == [1, 4, 7, 10]
    assert only("a.b=tag(grid9,int(interval(1,4)))").grid() == [1, 2, 3, 4]
    assert only("a.b=tag(log,grid4,int(interval(1,1000)))").grid() == [1, 10, 100, 1000]


def test_a_grid_without_points_says_what_to_write():
    dimension = Interval("a.b", ("a.b",), 0.0, 1.0)
    with pytest.raises(ValueError, match=r"a.b: .*tag\(grid5, interval\(0.0, 1.0\)\)"):
        dimension.grid()


floats = st.floats(-1e300, 1e300, allow_nan=False, allow_infinity=False)


@settings(max_examples=50, deadline=None)
@given(floats, floats, st.integers(2, 6), st.floats(0, 1, exclude_max=True), st.booleans())
def test_every_value_is_inside_and_its_text_is_that_value(low, high, points, unit, logarithmic):
    assume(low < high)
    if logarithmic:
        low, high = sorted((abs(low) + 1e-300, abs(high) + 1e-300))
        assume(low < high)
    dimension = Interval("a", ("a",), low, high, logarithmic, points)
    grid = dimension.grid()
    assert (grid[0], grid[-1]) == (low, high)
    assert grid == sorted(set(grid))
    for value in (*grid, dimension.place(unit)):
        assert dimension.distribution()._contains(value)
        (text,) = dimension.texts(value)
        read = PARSER.parse_override(f"a={text}").value()
        assert isinstance(read, float)
        assert read == value


@given(st.integers(-1000, 1000), st.integers(1, 1000), st.integers(2, 20), st.floats(0, 1, exclude_max=True))
def test_whole_ones_too(low, more, points, unit):
    dimension = Interval("a", ("a",), low, low + more, False, points)
    for value in (*dimension.grid(), dimension.place(unit)):
        assert isinstance(value, int)
        assert low <= value <= low + more
        assert dimension.texts(value) == (str(value),)
    assert dimension.grid()[-1] == low + more


def test_places_of_a_logarithmic_interval_have_equal_ratios():
    dimension = Interval("a", ("a",), 1e-4, 1.0, log=True)
    assert [dimension.place(u) for u in (0, 0.25, 0.5, 0.75)] == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1])
    assert math.isclose(dimension.place(1 - 1e-16), 1.0)


def test_a_trial_gets_numbers_of_the_right_type():
    trial = optuna.trial.FixedTrial({"optimizer.lr": 0.01, "epochs": 7})
    assert only(LR).suggest(trial) == 0.01
    found = only("epochs=int(interval(1,9))").suggest(trial)
    assert (found, type(found)) == (7, int)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("interval(3,1)", "from a lower to a higher number, got interval(3,1)"),
        ("interval(1,1)", "from a lower to a higher"),
        ("int(interval(0.2,0.8))", "which is 0 to 0"),
        ("tag(log,interval(0,1))", "log needs both ends > 0"),
        ("tag(log,interval(-1,1))", "log needs both ends > 0"),
        ("tag(log,int(interval(0.5,9)))", "log needs both ends > 0"),
        ("interval(0,inf)", "ends somewhere"),
        ("interval(nan,1)", "ends somewhere"),
        ("tag(grid1,interval(0,1))", "grid2 or more"),
        ("tag(grid3,grid4,interval(0,1))", "several numbers of grid points: grid3, grid4"),
    ],
)
def test_bounds_that_make_no_interval_are_refused(text, why):
    (message,) = messages(f"optimizer.lr={text}")
    assert message.startswith("optimizer.lr: ")
    assert why in message
