from collections import Counter

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.distributions import FloatDistribution, IntDistribution, distribution_to_json, json_to_distribution

from runner.sweep.draft import Entry, read_entry
from runner.sweep.grammar import reader
from tests.sweep.spaces import FLOAT_RANGES, WHOLE_RANGES, messages, of_hydra


def only(text):
    draft, wrong = read_entry(Entry("a", reader().parse_override(f"a={text}"), ""), seed=0)
    assert wrong == []
    return draft.dimension


def texts(dimension, values):
    return [f"a={dimension.texts(value)[0]}" for value in values]


def test_the_end_is_not_in_a_range_whoever_samples_it():
    assert only("range(1,4)").grid() == [1, 2, 3]
    assert only("range(1,4)").distribution() == IntDistribution(1, 3)
    assert only("range(1,9,3)").distribution() == IntDistribution(1, 7, step=3)
    assert only("range(3)").distribution() == IntDistribution(0, 2)
    assert only("range(5,0,-2)").distribution() == IntDistribution(1, 5, step=2)
    assert only("range(5,0,-2)").grid() == [5, 3, 1]
    assert only("range(0,1,0.25)").distribution() == FloatDistribution(0.0, 0.75, step=0.25)
    assert only("tag(log,range(1,9))").distribution() == IntDistribution(1, 8, log=True)
    assert only("int(tag(log,range(1,9)))").distribution() == IntDistribution(1, 8, log=True)


@settings(max_examples=60, deadline=None)
@given(WHOLE_RANGES | FLOAT_RANGES, st.lists(st.floats(0, 1, exclude_max=True), max_size=5))
def test_its_numbers_are_exactly_those_of_hydra(text, units):
    dimension, expected = only(text), [job[0] for job in of_hydra(f"a={text}")]
    assert texts(dimension, dimension.grid()) == expected
    assert dimension.count == len(expected)
    assert set(texts(dimension, map(dimension.place, units))) <= set(expected)
    distribution = dimension.distribution()
    stored = json_to_distribution(distribution_to_json(distribution))
    assert stored == distribution
    assert all(distribution._contains(value) for value in dimension.grid())
    assert (distribution.low, distribution.high) == (min(dimension.grid()), max(dimension.grid()))


@settings(max_examples=60, deadline=None)
@given(FLOAT_RANGES, st.integers(0, 99))
def test_what_optuna_draws_is_one_of_them(text, seed):
    dimension, expected = only(text), {job[0] for job in of_hydra(f"a={text}")}
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    value = dimension.suggest(study.ask())
    assert value in dimension.grid()
    assert texts(dimension, [value])[0] in expected


def test_the_last_digits_are_those_of_hydra_also_where_optuna_counts_otherwise():
    dimension = only("range(0,1,0.1)")
    assert dimension.grid()[7] == 0.7
    assert dimension.texts(0.7) == ("0.7000000000000001",)
    assert dimension.texts(0.1 * 7) == ("0.7000000000000001",)


def test_what_is_no_number_of_it_is_refused():
    for value in (0.72, -0.1, 1.0):
        with pytest.raises(ValueError, match="no number of range"):
            only("range(0,1,0.1)").texts(value)


def test_all_numbers_have_the_same_chance_but_in_a_logarithmic_one():
    assert Counter(map(only("range(0,10,2)").place, [i / 500 for i in range(500)])) == dict.fromkeys(
        [0, 2, 4, 6, 8], 100
    )
    counts = Counter(map(only("tag(log,range(1,11))").place, [i / 1000 for i in range(1000)]))
    assert counts[1] > 3 * counts[2] / 2 > 3 * counts[10]


def test_many_numbers_are_probed_at_both_ends_only():
    assert only("range(1,4)").probes() == [1, 2, 3]
    assert only("range(0,100000000)").probes() == [0, 99999999]


def test_a_shuffled_range_has_the_same_numbers_in_another_order():
    dimension = only("shuffle(range(0,20))")
    assert dimension.grid() == only("shuffle(range(0,20))").grid() != list(range(20))
    assert sorted(dimension.grid()) == list(range(20))
    assert dimension.distribution() == IntDistribution(0, 19)


@settings(max_examples=60, deadline=None)
@given(WHOLE_RANGES | FLOAT_RANGES)
def test_it_describes_itself_in_its_own_grammar(text):
    dimension = only(text)
    assert only(dimension.describe()) == dimension


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("range(3,3)", "it is empty"),
        ("range(0,5,-1)", "it is empty"),
        ("range(0,5,0)", "it never ends"),
        ("range(1,inf)", "it never ends"),
        ("range(0,1,1e-9)", "more than 100,000 numbers: give an interval"),
        ("tag(log,range(0,5))", "whole numbers >= 1 without gaps"),
        ("tag(log,range(1,9,2))", "whole numbers >= 1 without gaps"),
        ("tag(log,range(1,2,0.1))", "whole numbers >= 1 without gaps"),
        ("tag(grid3,range(1,5))", "grid3 is for an interval"),
    ],
)
def test_what_makes_no_range_is_refused(text, why):
    (message,) = messages(f"epochs={text}")
    assert message.startswith("epochs")
    assert why in message
