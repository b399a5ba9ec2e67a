import pickle
import sys
from itertools import product

import numpy
import optuna
import pytest
from hydra import compose
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from runner.command import read_command
from runner.compose import hydra_for
from runner.sweep.space import Space
from tests.sweep.spaces import (
    FLOAT_RANGES,
    GRID,
    LISTS,
    SPACES,
    WHOLE_RANGES,
    brute,
    messages,
    of_hydra,
    read,
    space_of,
)

MIXED = (
    "optimizer.lr=tag(log, grid3, interval(1e-4, 1e-2))",
    'model.width=tag("model=cnn", choice(8,16))',
    "model=cnn,mlp,resnet18",
    'model.depth=tag("model=mlp,resnet18", range(1,4))',
    'a.b=tag("model.width=16", int(tag(grid2, interval(1,5))))',
    'c.d=tag("model=mlp", "e.f=true", choice(0,[1,2]))',
    "e.f=true,false",
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        LISTS | WHOLE_RANGES | FLOAT_RANGES.filter(lambda text: len(of_hydra(f"a={text}")) < 9), min_size=1, max_size=3
    )
)
def test_the_product_is_that_of_hydra(texts):
    words = [f"key{index}.x={text}" for index, text in enumerate(texts)]
    space, problems = read(*words, sampler=GRID)
    assume(not any("is there twice" in problem.message for problem in problems))
    assert problems == []
    expected = of_hydra(*words)
    assert [space.overrides(point) for point in space.product()] == expected
    assert expected == [
        list(job) for job in product(*(dict.fromkeys(job[i] for job in expected) for i in range(len(words))))
    ]
    assert space.size == len(expected)


def test_values_compose_to_what_hydras_own_sweeper_would_give():
    words = [
        "++batch_size=16,32",
        "++optimizer.lr=0.1,1e-05,'${optimizer.weight_decay}',${optimizer.eps}",
        "++model.widths=[8,16],[4]",
        "++expect={test/accuracy:'>= 0.9'},{}",
        "++objective=null,'a b',\"it's\"",
        "model=mlp,linear",
    ]
    space = space_of(*words, sampler=GRID)
    ours = [space.overrides(point) for point in space.product()]
    theirs = of_hydra(*words)
    assert ours == theirs
    with hydra_for(read_command([])):
        for index in (9, 50):
            cfg = compose("config", ours[index])
            assert cfg == compose("config", theirs[index])
        last = compose("config", ours[-1])
    assert last.optimizer.lr == last.optimizer.eps == 1e-8
    assert last.objective == "it's"


def test_parameters_that_are_not_active_are_left_out_and_each_point_is_there_once():
    space = space_of(*MIXED, sampler=GRID)
    points = list(space.product())
    assert points == brute(space)
    assert len(points) == len({tuple(sorted(point.items())) for point in points}) == 3 * (3 * 2 + 3 * (1 + 2) + 3 * 2)
    assert all(("model.width" in point) == (point["model"] == "cnn") for point in points)
    assert all(("a.b" in point) == (point.get("model.width") == "16") for point in points)
    assert all(("c.d" in point) == (point["model"] == "mlp" and point["e.f"] == "True") for point in points)


@settings(max_examples=60, deadline=None)
@given(SPACES)
def test_any_conditional_product_is_the_full_one_without_what_is_not_active(space):
    assert list(space.product()) == brute(space)
    assert space.size == len(list(space.everything()))


@settings(max_examples=60, deadline=None)
@given(SPACES, st.integers(0, 2**32), st.data())
def test_every_place_of_the_cube_is_a_point(space, seed, data):
    units = data.draw(
        st.lists(st.floats(0, 1, exclude_max=True), min_size=len(space.dimensions), max_size=len(space.dimensions))
    )
    for point in (space.from_unit(units), space.random(numpy.random.default_rng(seed))):
        assert space.restrict(point) == point
        assert set(point) == {dimension.name for dimension in space.active(point)}
        for dimension in space.active(point):
            distribution = dimension.distribution()
            assert distribution._contains(distribution.to_internal_repr(point[dimension.name]))
        assert point in list(space.everything())


def test_what_is_active_depends_on_active_parents_only():
    space = space_of(*MIXED)
    everything = {
        "model": "mlp",
        "model.width": "16",
        "a.b": 1,
        "e.f": "False",
        "c.d": "0",
        "model.depth": 2,
        "optimizer.lr": 1e-3,
    }
    assert space.restrict(everything) == {"optimizer.lr": 1e-3, "model": "mlp", "model.depth": 2, "e.f": "False"}
    order = [dimension.name for dimension in space.active({**everything, "model": "cnn"})]
    assert order == ["optimizer.lr", "model", "model.width", "a.b", "e.f"]


def test_overrides_stand_in_the_order_of_the_command():
    space = space_of(*MIXED)
    point = {"e.f": "True", "model": "cnn", "model.width": "16", "a.b": 5, "optimizer.lr": 1e-05}
    assert space.overrides(point) == ["optimizer.lr=1e-05", "model.width=16", "model=cnn", "a.b=5", "e.f=True"]


@pytest.mark.parametrize(
    "sampler", [optuna.samplers.RandomSampler, optuna.samplers.TPESampler, optuna.samplers.NSGAIISampler]
)
def test_optuna_searches_it(sampler):
    space = space_of(*MIXED)
    study = optuna.create_study(sampler=sampler(seed=0))
    seen = set()
    for _ in range(40):
        trial = study.ask()
        point = space.suggest(trial)
        assert space.restrict(point) == point == trial.params
        assert space.suggest(optuna.trial.FixedTrial(point)) == point
        study.tell(trial, len(point))
        seen |= set(space.overrides(point))
    assert {"model=cnn", "model=mlp", "model=resnet18", "model.depth=3", "e.f=True"} <= seen


def test_points_that_are_enqueued_come_back_as_they_are():
    space = space_of(*MIXED, "x.y=range(0,1,0.1)", sampler=GRID)
    study = optuna.create_study()
    points = list(space.product())[::17]
    for point in points:
        study.enqueue_trial(point)
    assert [space.suggest(study.ask()) for _ in points] == points


def test_a_description_is_read_as_the_same_space():
    space = space_of(
        *MIXED, "g.h=shuffle(1,2,3)", "i.j='a','b'", "k.l=range(1,0,-0.1)", "m.n=tag(log,range(1,9))", "o.p=choice(1)"
    )
    again = space_of(*(f"{name}={text}" for name, text in space.describe().items()))
    assert again == space
    assert again.describe() == space.describe()


def test_a_space_without_end_has_no_size():
    assert space_of("a.b=interval(0,1)").size is None
    assert space_of("a.b=1,2", 'c.d=tag("a.b=1",interval(0,1))').size is None
    assert space_of("a.b=int(interval(1,1000000))", "c.d=1,2").size == 2_000_000
    assert Space().size == 1


def test_it_travels_to_a_worker():
    space = space_of(*MIXED)
    space.size, space.order  # noqa: B018  # what is remembered must travel too
    assert pickle.loads(pickle.dumps(space)) == space


def test_an_empty_space_has_one_point():
    assert list(Space().product()) == [{}] == [Space().from_unit([])]
    assert Space().overrides({}) == []


def test_reading_a_space_imports_nothing_heavy(cli):
    from subprocess import run

    code = "import sys, runner.sweep.space, runner.sweep.settings, runner.sweep.sampler.grid\n"
    code += "print([m for m in ('torch', 'optuna', 'mlflow', 'scipy', 'numpy', 'sklearn') if m in sys.modules])"
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_messages_name_the_way_out():
    assert messages("a.b=tag(grid1,interval(0,1))") == ["a.b: the grid of an interval has both its ends: grid2 or more"]
