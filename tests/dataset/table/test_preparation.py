import numpy
import pytest
import torch
from sklearn.preprocessing import OneHotEncoder

from runner.dataset.table.preparation import Preparation
from runner.dataset.table.table import Table

N = numpy.nan


def table(**columns):
    arrays = {
        name: numpy.array(values, dtype=object if any(isinstance(v, str) for v in values) else float)
        for name, values in columns.items()
    }
    count = len(next(iter(arrays.values())))
    return Table("t.csv", arrays, numpy.arange(2, count + 2))


TRAIN = table(a=[1, 2, N, 5], b=[10, N, 30, 20], c=["x", "y", None, "x"])
OTHER = table(c=["z", None, "y"], b=[N, 0, 1], a=[N, N, 3])


def fit(missing="median", scale=None, rows=TRAIN):
    return Preparation.fit(rows, ["a", "b"], ["c"], missing, scale)


@pytest.mark.parametrize(("missing", "a", "b"), [("mean", 8 / 3, 20), ("median", 2, 20), ("mode", 1, 10)])
def test_gaps_are_filled_by_what_training_rows_say(missing, a, b):
    prepared = fit(missing)
    assert prepared.features == ("a", "b", "c=x", "c=y")
    expected = [[1, 10, 1, 0], [2, b, 0, 1], [a, 30, 1, 0], [5, 20, 1, 0]]
    torch.testing.assert_close(prepared.apply(TRAIN), torch.tensor(expected, dtype=torch.float32))
    expected = [[a, b, 0, 0], [a, 0, 1, 0], [3, 1, 0, 1]]  # z was never seen
    torch.testing.assert_close(prepared.apply(OTHER), torch.tensor(expected, dtype=torch.float32))


def test_interpolation_looks_at_neighbours_by_line_and_falls_back_on_the_median():
    prepared = fit("interpolate")
    rows = TRAIN.take(numpy.array([0, 1, 3]))  # lines 2, 3, 5
    values = prepared.apply(rows)[:, 1]
    torch.testing.assert_close(values, torch.tensor([10, 10 + 10 / 3, 20], dtype=torch.float32))
    nothing = table(a=[N, N], b=[N, 1.0], c=["x", "x"])
    torch.testing.assert_close(prepared.apply(nothing)[:, :2], torch.tensor([[2.0, 1.0], [2.0, 1.0]]))


def test_categories_are_those_of_scikit_learn():
    generator = numpy.random.default_rng(0)
    train, other = generator.choice(list("abcd"), (50, 1)), generator.choice(list("abcdef"), (50, 1))
    oracle = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(train)
    prepared = Preparation.fit(table(c=train[:, 0].tolist()), [], ["c"], "mode", "standard")
    numpy.testing.assert_array_equal(prepared.apply(table(c=other[:, 0].tolist())), oracle.transform(other))


def test_scaling_is_learned_after_filling_and_leaves_categories_alone():
    values = fit("mean", "standard").apply(TRAIN)
    filled = numpy.array([1, 2, 8 / 3, 5])
    numpy.testing.assert_allclose(values[:, 0], (filled - filled.mean()) / filled.std(), rtol=1e-6)
    assert set(values[:, 2:].flatten().tolist()) == {0, 1}
    assert values.dtype == torch.float32


def test_a_column_without_any_value_is_named():
    with pytest.raises(ValueError, match=r"column a has no value in the training rows: dataset\.drop=\[a\]"):
        fit(rows=table(a=[N, N], b=[1, 2], c=["x", "y"]))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (table(a=[1], b=[2]), "column=c: t.csv has no such column"),
        (table(a=["old"], b=[2], c=["x"]), "line 2: 'old' in column a, which holds numbers elsewhere"),
        (table(a=[1, numpy.inf], b=[2, 2], c=["x", "x"]), "line 3: a is inf"),
        (table(a=[1], b=[1e300], c=["x"]), "line 2: b is too large"),
    ],
)
def test_other_rows_that_do_not_fit_are_refused_by_line(rows, reason):
    with pytest.raises(ValueError, match=reason):
        fit().apply(rows)


def test_dropping_rows_learned_nothing_for_gaps():
    whole = table(a=[1, 2], b=[1, 2], c=["x", "y"])
    prepared = fit("drop", rows=whole)
    assert len(prepared.apply(whole)) == 2
    with pytest.raises(ValueError, match=r"line 4: a is missing, and dataset\.missing=drop"):
        prepared.apply(TRAIN)


def test_what_is_said_of_a_row():
    assert fit("mode", None).told() == (
        "the columns of a row x, in order: 'a' as x (a missing x: 1); 'b' as x (a missing x: 10); "
        "'c' as 2 numbers, 1 where x is the text, else 0: 'x', 'y' (a missing x: 'x')"
    )
    assert "'a' as (x - 2.875) / 1.51554446 (a missing x: lies between" in fit("interpolate", "standard").told()
    assert fit("drop", None, TRAIN.take(numpy.array([0, 3]))).told().count("(a missing x: never)") == 3
