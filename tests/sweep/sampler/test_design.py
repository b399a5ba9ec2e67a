from hypothesis import given, settings
from hypothesis import strategies as st

from runner.sweep.sampler.design import TRIES, Design, distinct
from runner.sweep.sampler.grid import grid
from runner.sweep.sampler.qmc import qmc
from runner.sweep.sampler.random import random
from runner.sweep.space import Choice, Range, Space
from tests.sweep.spaces import SPACES

NUMBERS = Space((Range("a", ("a",), range(10), 1),))


def key(point):
    return tuple(sorted(point.items()))


def counting(start, stop):
    """Ten numbers, of which the last one is drawn once in a thousand times."""
    return [{"a": 9 if k % 1000 == 999 else k % 9} for k in range(start, stop)]


def test_designs_are_known_by_what_they_do():
    assert all(isinstance(design, Design) for design in (grid(), random(), qmc()))


def test_what_is_drawn_twice_counts_once():
    assert distinct(counting, NUMBERS, 4) == [{"a": 0}, {"a": 1}, {"a": 2}, {"a": 3}]
    assert distinct(lambda start, stop: [{"a": k // 5 % 10} for k in range(start, stop)], NUMBERS, 3) == [
        {"a": 0},
        {"a": 1},
        {"a": 2},
    ]


def test_a_small_space_is_complete_and_ends():
    assert TRIES * 10 < 999
    assert distinct(counting, NUMBERS, 50) == [{"a": k} for k in range(10)] == distinct(counting, NUMBERS, 10)


@settings(max_examples=40, deadline=None)
@given(SPACES, st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_more_trials_extend_a_design(space, first, more, seed):
    for design, size in ((grid(), len(list(space.product()))), (random(), space.size), (qmc(), space.size)):
        short, long = design.points(space, first, seed), design.points(space, first + more, seed)
        assert long[: len(short)] == short
        assert len(long) == min(first + more, size) == len({key(point) for point in long})
        assert all(space.restrict(point) == point for point in long)


def test_a_whole_space_is_reached_with_its_choices_and_conditions():
    space = Space(
        (
            Choice("model", ("model",), (("cnn",), ("mlp",))),
            Range("width", ("width",), range(8, 11), 1, when={"model": frozenset({"cnn"})}),
        )
    )
    expected = {key(point) for point in space.product()}
    assert len(expected) == 4
    for design in (grid(), random(), qmc()):
        assert {key(point) for point in design.points(space, 100, 0)} == expected
