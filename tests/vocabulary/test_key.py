"""The keys of a part: by its YAML and by its signature."""

from typing import Any

import pytest

from runner.check.facts import ROOT
from runner.home import CONF
from runner.types import Fraction
from runner.vocabulary.key import about_root, keys_of_part, keys_of_root
from runner.vocabulary.sketch import sketch


def test_the_keys_of_a_part_and_of_those_inside_it():
    tree, _ = sketch("config", (CONF,), {})
    rows = {row.key: row for row in keys_of_part(tree["dataset"], "dataset")}
    valid = rows["dataset.valid"]
    assert (valid.value, valid.annotation, valid.nested) == (0.15, Fraction, False)
    assert "held out" in valid.about
    assert rows["dataset.augment"].nested
    assert rows["dataset.augment.crop"].value == 1
    names = {row.key for row in keys_of_part(tree["model"], "model")}
    assert "model.weights" in names, "a key that every choice has"
    assert "model.in_shape" not in names, "a fact is not the user's to give"
    assert "callback.mlflow.uri" in {row.key for row in keys_of_part(tree["callback"], "callback")}


def test_a_target_that_is_not_there():
    with pytest.raises(ValueError, match="did you mean mlp"):
        list(keys_of_part({"_target_": "runner.model.mlpp.MLP"}, "model"))


def test_root_keys_are_described_where_they_are_written():
    assert [row.key for row in keys_of_root({"seed": 3})] == list(ROOT)
    assert {row.key: row.value for row in keys_of_root({"seed": 3})}["seed"] == 3
    assert about_root()["objective"].startswith("the metric that decides what is best")
    assert all(row.annotation is not Any for row in keys_of_root({}))
