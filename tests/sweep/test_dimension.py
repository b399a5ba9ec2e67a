from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.sweep.choice import Choice
from runner.sweep.dimension import shuffled, whole
from runner.sweep.interval import Interval


def test_a_shuffled_order_depends_on_seed_and_name_alone():
    items = list(range(20))
    assert shuffled(items, None, "a") == items
    assert shuffled(items, 0, "a") == shuffled(items, 0, "a") != items
    assert sorted(shuffled(items, 0, "a")) == items
    assert len({tuple(shuffled(items, seed, name)) for seed in (0, 1) for name in ("a", "b")}) == 4


@given(st.integers(-50, 50), st.integers(0, 30), st.floats(0, 1, exclude_max=True))
def test_a_whole_number_lies_within_its_ends(low, more, unit):
    assert low <= whole(low, low + more, unit, logarithmic=False) <= low + more


def test_whole_numbers_have_equal_shares():
    counts = Counter(whole(3, 7, place / 1000, logarithmic=False) for place in range(1000))
    assert counts == dict.fromkeys(range(3, 8), 200)


def test_logarithmic_shares_are_those_of_the_neighbourhoods():
    counts = Counter(whole(1, 100, place / 100_000, logarithmic=True) for place in range(100_000))
    assert set(counts) == set(range(1, 101))
    assert counts[1] == pytest.approx(100_000 * 0.2072, rel=0.01)  # log(1.5 / 0.5) / log(100.5 / 0.5)
    assert whole(1, 100, 1 - 1e-16, logarithmic=True) == 100


def test_a_description_has_tags_in_one_order_whoever_wrote_them():
    parents = {"b": frozenset({"2", "1"}), "a": frozenset({"'x'"})}
    assert Choice("c", ("c",), (("1",), ("2",)), when=parents).describe() == 'tag("a=\'x\'", "b=1,2", choice(1,2))'
    assert Interval("c", ("c",), 1.0, 2.0, log=True, points=4).describe() == "tag(log, grid4, interval(1.0, 2.0))"
