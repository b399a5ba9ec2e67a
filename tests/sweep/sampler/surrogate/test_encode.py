import numpy as np
import pytest

from runner.sweep.sampler.surrogate.encode import Encoder
from runner.sweep.space import Choice, Interval, Space


def choice(name, *values, when=None):
    return Choice(name, (name,), tuple((value,) for value in values), when=when or {})


SPACE = Space(
    (
        Interval("optimizer.lr", ("optimizer.lr",), 1e-4, 1.0, log=True),
        choice("model", "cnn", "mlp", "tree"),
        Interval("model.depth", ("model.depth",), 1, 4, when={"model": frozenset({"cnn", "mlp"})}),
        choice("model.kind", "a", "b", when={"model": frozenset({"mlp"})}),
        choice("model.size", "8", "16", "32", when={"model.kind": frozenset({"b"})}),
    )
)


def encoder_of(space):
    return Encoder({dimension.name: dimension.distribution() for dimension in space.dimensions}, space)


def test_a_point_comes_back_from_its_row():
    encoder = encoder_of(SPACE)
    for point in (
        {"model": "tree"},
        {"model": "cnn", "model.depth": 3},
        {"model": "mlp", "model.depth": 1, "model.kind": "a"},
    ):
        point = {"optimizer.lr": 0.01, **point}
        row = encoder.row(point)
        assert encoder.params(row) == pytest.approx(point)
        assert (encoder.snap(row[None])[0] == row).all()


def test_conditions_of_conditions_hold():
    encoder = encoder_of(SPACE)
    generator = np.random.default_rng(0)
    units = encoder.snap(generator.random((300, len(encoder.axes))))
    seen = set()
    for row, active in zip(units, encoder.active(units), strict=True):
        point = encoder.params(row)
        assert list(point) == [name for name, there in zip(encoder.axes, active, strict=True) if there]
        assert point.keys() == {dimension.name for dimension in SPACE.active(point)}
        seen.add(tuple(point))
    assert len(seen) == 4


def test_points_that_differ_only_where_nothing_is_active_are_one_row():
    encoder = encoder_of(SPACE)
    tree = encoder.row({"optimizer.lr": 0.01, "model": "tree"})
    other = tree.copy()
    other[2:] = 0.9
    assert (encoder.snap(other[None])[0] == tree).all()
    assert (encoder.features(tree[None], -1.0)[0, 4:] == -1).all()


def test_what_is_not_all_there_yet_has_no_row():
    encoder = encoder_of(SPACE)
    assert encoder.row({"optimizer.lr": 0.01}) is None
    assert encoder.row({"optimizer.lr": 0.01, "model": "cnn"}) is None
    assert encoder.row({"optimizer.lr": 0.01, "model": "tree"}) is not None


def test_what_another_space_gave_has_no_row():
    encoder = encoder_of(SPACE)
    assert encoder.row({"optimizer.lr": 5.0, "model": "tree"}) is None
    assert encoder.row({"optimizer.lr": 0.1, "model": "forest"}) is None


def test_a_parameter_with_one_value_takes_no_part_but_decides_what_is_active():
    depth = Interval("depth", ("depth",), 1, 3, when={"model": frozenset({"cnn"})})
    space = Space((choice("model", "cnn"), Interval("lr", ("lr",), 0.0, 1.0), depth))
    encoder = encoder_of(space)
    assert "model" not in encoder.axes
    assert encoder.params(encoder.snap(np.array([[0.5] * len(encoder.axes)]))[0]).keys() == encoder.axes.keys()


def test_columns_know_their_parameter():
    encoder = encoder_of(SPACE)
    assert encoder.owner.tolist() == [0, 1, 1, 1, 2, 3, 3, 4]
    assert encoder.continuous.tolist() == [True, False, False, False, False]
    assert encoder.features(encoder.snap(np.zeros((7, 5))), 0.5).shape == (7, 8)
