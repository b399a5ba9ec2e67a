import inspect
from pathlib import Path

import numpy
import pandas
import pytest
import torch
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from runner.dataset.csv import csv
from runner.dataset.parts import three_way


@pytest.fixture
def frame():
    generator = numpy.random.default_rng(1)
    frame = pandas.DataFrame(generator.normal(size=(90, 2)), columns=["a", "b"])
    frame["zip"] = generator.choice(["01", "10"], 90)
    frame["town"] = generator.choice(["oslo", "bern", "rome"], 90)
    frame["y"] = generator.choice(["no", "yes", "so"], 90)
    return frame.mask(generator.random((90, 5)) < [0.1, 0.1, 0.1, 0.1, 0])


@pytest.fixture
def path(frame, tmp_path):
    frame.to_csv(tmp_path / "t.csv", index=False)
    return str(tmp_path / "t.csv")


def test_equals_a_pipeline_of_scikit_learn(path, frame):
    data = csv(path, "y", categorical=["zip", "town"], missing="mean", split_seed=3)
    splits = data.load()
    labels = torch.tensor([data.classes.index(value) for value in frame["y"]])
    positions = three_way(labels, 0.15, 0.2, 3)
    numbers = make_pipeline(SimpleImputer(strategy="mean"), StandardScaler())
    texts = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    )
    oracle = ColumnTransformer([("numbers", numbers, ["a", "b"]), ("texts", texts, ["zip", "town"])])
    oracle.fit(frame.iloc[positions[0]])
    for part, rows in zip((splits.train, splits.valid, splits.test), positions, strict=True):
        numpy.testing.assert_allclose(part.inputs, oracle.transform(frame.iloc[rows]), rtol=1e-5, atol=1e-6)
        assert torch.equal(part.targets, labels[rows])
    assert (data.shape, data.classes, data.task) == ((7,), ("no", "so", "yes"), "classification")


def test_other_files_are_prepared_by_what_the_training_rows_taught(path, frame, tmp_path):
    keys = {"path": path, "target": "y", "categorical": ["zip", "town"], "resample": "smote"}
    encode = csv(**keys).encode
    data = csv(**{**keys, "resample": None})
    splits = data.load()
    labels = torch.tensor([data.classes.index(value) for value in frame["y"]])
    names, rows = encode([path])
    assert names == [{"row": number} for number in range(1, len(frame) + 1)]
    for part, positions in zip((splits.train, splits.valid, splits.test), three_way(labels, 0.15, 0.2, 0), strict=True):
        assert torch.equal(rows[positions], part.inputs)
    frame[["zip", "extra", "b", "a", "town"]] = frame.assign(extra=1)[["zip", "extra", "b", "a", "town"]]
    frame.drop(columns="y").to_csv(tmp_path / "new.csv", index=False, sep=";")
    assert torch.equal(encode([str(tmp_path / "new.csv")])[1], rows)
    (tmp_path / "less.csv").write_text("zip,a\n1,2\n")
    with pytest.raises(ValueError, match=r"less\.csv has no such column"):
        encode([str(tmp_path / "less.csv")])
    with pytest.raises(ValueError, match="one table at a time, got 2"):
        encode([path, path])


@pytest.mark.parametrize("words", [("true", "false"), ("True", "False"), ("TRUE", "FALSE")])
def test_truth_means_the_same_in_training_and_in_another_file(tmp_path, words):
    lines = [f"{index},{words[index % 3 == 0]},{'yes' if index % 2 else 'no'}" for index in range(30)]
    (tmp_path / "t.csv").write_text("\n".join(["size,ripe,y", *lines]))
    data = csv(str(tmp_path / "t.csv"), "y", valid=0.0, test=0.0)
    rows = data.encode([str(tmp_path / "t.csv")])[1]
    assert rows[:, 1:].sum(1).eq(1).all(), "every row has its category"
    assert torch.equal(rows, data.load().train.inputs)


def test_a_column_of_numbers_can_be_categories(path):
    assert csv(path, "y").shape == (2 + 1 + 3,)  # zip is a number
    assert csv(path, "y", categorical=["zip", "town"]).shape == (2 + 2 + 3,)
    assert csv(path, "y", drop=["zip", "town"]).shape == (2,)


def test_a_regression(path):
    data = csv(path, "a", drop=["y"])
    splits = data.load()
    assert (data.task, data.classes, splits.train.targets.dtype) == ("regression", (), torch.float32)
    assert "rows without a left out" in splits.source


def test_mistakes_name_the_file_and_the_line(path):
    with pytest.raises(ValueError, match=r"dataset\.target=z: .*t\.csv has no such column"):
        csv(path, "z")
    content = Path(path).read_text(encoding="utf-8").splitlines()
    content[6] = "many,1,01,oslo,no"
    Path(path).write_text("\n".join(content), encoding="utf-8")
    with pytest.raises(ValueError, match=r"t\.csv, line 7: 'many' in column a.*mostly numbers"):
        csv(path, "y")


def test_the_yaml_has_every_key_with_its_default():
    conf = Path(__file__).parents[2] / "conf" / "dataset" / "csv.yaml"
    node = yaml.safe_load(conf.read_text(encoding="utf-8"))
    for name, parameter in inspect.signature(csv).parameters.items():
        assert node[name] == ("???" if parameter.default is parameter.empty else parameter.default)


CELL = st.sampled_from(["", "0", "1", "2", "-1.5", "1e300", "1e-300", "x", "y", "NA", "inf", '"', "0.0", "7"])
KEYS = st.fixed_dictionaries(
    {
        "task": st.sampled_from([None, "classification", "binary", "regression"]),
        "missing": st.sampled_from(["drop", "mean", "median", "mode", "interpolate"]),
        "scale": st.sampled_from([None, "standard", "minmax", "log", "box_cox"]),
        "resample": st.sampled_from([None, "random_over", "smote"]),
        "categorical": st.sampled_from([None, ["a"], ["a", "b"]]),
    }
)


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=12), KEYS)
def test_any_cells_make_finite_rows_or_are_refused(tmp_path, rows, keys):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["a,b,y", *map(",".join, rows)]), encoding="utf-8")
    try:
        data = csv(str(path), "y", **keys)
        splits = data.load()
    except ValueError as error:
        assert str(error)  # noqa: PT017  # the only error there may be
        return
    for part in (splits.train, splits.valid, splits.test):
        assert part.inputs.shape == (len(part), *data.shape)
        assert torch.isfinite(part.inputs).all()
        assert torch.isfinite(part.targets).all()
