import numpy
import pytest
import torch

from runner.dataset.table.resample import resampled
from runner.dataset.table.table import Table
from runner.dataset.table.tabular import data_of, kinds, prepare

COUNT = 120


def table(change=None, rows=()):
    """A table of two columns of numbers with gaps, one of categories, and a target; ``change`` is put in some rows."""
    generator = numpy.random.default_rng(0)
    age, pay = generator.normal(40, 9, COUNT), generator.gamma(2.0, 3.0, COUNT)
    age[generator.random(COUNT) < 0.2] = numpy.nan
    town = generator.choice(["oslo", "bern", None], COUNT)
    label = generator.choice(["no", "yes", "no"], COUNT).astype(object)
    columns = {"age": age, "town": town, "pay": pay, "label": label}
    for name, value in (change or {}).items():
        columns[name][list(rows)] = value
    return Table("t.csv", columns, numpy.arange(2, COUNT + 2))


def tensors(split):
    return split.inputs, split.targets


def test_parts_hold_every_row_once_and_targets_go_with_them():
    prepared = prepare(table(), "label", drop=["town"], missing="mean", scale=None)
    splits = data_of("t", prepared).load()
    parts = (splits.train, splits.valid, splits.test)
    found = sorted(
        (row[1], label) for p in parts for row, label in zip(p.inputs.tolist(), p.targets.tolist(), strict=True)
    )
    source = table().columns
    expected = sorted(
        (numpy.float32(pay), int(label == "yes")) for pay, label in zip(source["pay"], source["label"], strict=True)
    )
    assert found == expected
    assert [len(part) for part in parts] == [81, 15, 24]
    assert splits.mean is splits.std is None
    assert splits.source == "t.csv"


@pytest.mark.parametrize("missing", ["mean", "median", "mode", "interpolate"])
@pytest.mark.parametrize("scale", ["standard", "minmax", "log", "box_cox"])
def test_nothing_is_learned_from_rows_that_are_held_out(missing, scale):
    _, valid, test = (part.tolist() for part in prepare(table(), "label").parts)
    changed = table({"age": 999.0, "pay": 1e6, "town": "rome"}, [*valid, *test])
    keys = {"missing": missing, "scale": scale}
    before, after = (data_of("t", prepare(one, "label", **keys)).load() for one in (table(), changed))
    for one, other in zip(tensors(before.train), tensors(after.train), strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(before.test.inputs, after.test.inputs)
    assert before.fingerprint != after.fingerprint
    assert (after.test.inputs[:, 2:] == 0).all()  # rome is in no training row


def test_features_of_training_rows_have_mean_zero_and_deviation_one():
    prepared = prepare(table(), "label")
    inputs = data_of("t", prepared).load().train.inputs[:, :2]
    torch.testing.assert_close(inputs.mean(0), torch.zeros(2), atol=1e-6, rtol=0)
    torch.testing.assert_close(inputs.std(0, correction=0), torch.ones(2))
    assert prepared.preparation.features == ("age", "pay", "town=bern", "town=oslo")


def test_facts_are_known_before_loading():
    data = data_of("t", prepare(table(), "label"), sampling="balanced")
    assert (data.shape, data.classes, data.task, data.sampling) == ((4,), ("no", "yes"), "binary", "balanced")
    assert data.load().train.inputs.shape[1:] == data.shape
    data = data_of("t", prepare(table(), "pay", drop=["label"]))
    assert (data.shape, data.classes, data.task) == ((3,), (), "regression")
    assert data.load().train.targets.dtype == torch.float32


def test_rows_that_are_left_out_are_counted():
    source = table({"label": None}, [0, 1, 5])
    prepared = prepare(source, "label", missing="drop")
    rows = numpy.array([i for i in range(COUNT) if i not in (0, 1, 5)])
    columns = source.take(rows).columns
    whole = int((~numpy.isnan(columns["age"]) & (columns["town"] != None)).sum())  # noqa: E711  # elementwise
    assert len(prepared.table) == whole
    assert prepared.source == f"t.csv; 3 rows without label left out; {117 - whole} rows with missing values left out"


def test_resampling_changes_training_rows_alone():
    prepared = prepare(table(), "label")
    before, after = data_of("t", prepared).load(), data_of("t", prepared, resample="smote", split_seed=4).load()
    expected = resampled(*tensors(before.train), "smote", 4)
    for part, pair in (("train", expected), ("valid", tensors(before.valid)), ("test", tensors(before.test))):
        for one, other in zip(tensors(getattr(after, part)), pair, strict=True):
            assert torch.equal(one, other)
    assert after.source == f"t.csv; smote: {len(before.train)} training rows became {len(expected[1])}"


@pytest.mark.parametrize("keys", [{"resample": "smote"}, {"sampling": "balanced"}])
def test_numbers_have_no_classes_to_balance(keys):
    with pytest.raises(ValueError, match="balances classes: the task is regression"):
        data_of("t", prepare(table(), "pay"), **keys)


def text_table(**columns):
    arrays = {
        n: numpy.array(v, dtype=object if any(isinstance(x, str) for x in v) else float) for n, v in columns.items()
    }
    return Table("t.csv", arrays, numpy.arange(2, len(next(iter(arrays.values()))) + 2))


def test_kinds():
    source = text_table(a=[1, 2], b=["x", "y"], c=["1", "z"], d=[0, 1], y=[0, 1])
    assert kinds(source, "y", None, ["c"]) == (["a", "d"], ["b"])
    assert kinds(source, "y", ["b", "c", "d"], None) == (["a"], ["b", "c", "d"])


@pytest.mark.parametrize(
    ("columns", "keys", "reason"),
    [
        ({"a": [1, 2]}, {"target": "x"}, "dataset.target=x: t.csv has no such column"),
        ({"age": [1, 2]}, {"drop": ["aeg"]}, "dataset.drop=aeg: .* did you mean age"),
        ({"age": [1, 2]}, {"categorical": ["agee"]}, "dataset.categorical=agee: .* did you mean age"),
        ({"a": [1, 2]}, {"drop": ["y"]}, r"dataset.drop=\[y\] is the column to predict"),
        ({"a": [1, 2]}, {"drop": ["a"]}, "no column to predict y from"),
        ({"a": ["1", "x", "3"]}, {}, r"line 3: 'x' in column a, whose other values are mostly numbers.*categorical"),
        ({"a": ["x", "1", "y"]}, {}, "line 3: '1' in column a, whose other values are mostly texts"),
        ({"a": ["x", "y"], "b": ["1", "2"]}, {"categorical": ["b"]}, "column a holds text, 'x' for one"),
        ({"a": [f"n{i}" for i in range(60)]}, {}, "column a has 60 different texts in 60 rows"),
        ({"a": [1, numpy.inf]}, {}, "line 3: a is inf"),
        ({"a": [1, 2]}, {"valid": 0.9, "test": 0.9}, "2 rows leave none to train on"),
        ({"a": [numpy.nan, numpy.nan]}, {"missing": "drop"}, "no row is left"),
        ({"a": [numpy.nan, numpy.nan]}, {}, "column a has no value in the training rows"),
    ],
)
def test_mistakes_are_named(columns, keys, reason):
    count = len(next(iter(columns.values())))
    with pytest.raises(ValueError, match=reason):
        prepare(text_table(**columns, y=[i % 2 for i in range(count)]), **{"target": "y", **keys})


def test_no_target_at_all():
    with pytest.raises(ValueError, match="no row is left"):
        prepare(text_table(a=[1, 2], y=[numpy.nan, numpy.nan]), "y")
