"""``runner ls``: what there is, and what a choice can be told."""

import json

import pytest

from runner.home import all_recipes
from runner.verb import ls
from runner.vocabulary.part import choices, groups


@pytest.fixture
def said(tmp_path, monkeypatch, capsys):
    """List, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words, code=0):
        assert ls.main(list(words)) == code
        printed = capsys.readouterr()
        assert (printed.out == "") == bool(code)
        return printed.err if code else printed.out

    return run


def test_the_tree_has_every_group_choice_and_recipe(said):
    lines = said().splitlines()
    heads = [line.partition(":") for line in lines if not line.startswith(" ")]
    assert [head[0] for head in heads] == [*groups(), "recipes"]
    assert ("model", ":", " cnn unless told") in heads
    assert ("callback", ":", " checkpoint, mlflow, progress, record unless told") in heads
    named = {line.split()[0] for line in lines if line.startswith("  ")}
    assert {name for group in groups() for name in choices(group)} | set(all_recipes()) <= named
    assert any(line.split()[:1] == ["cnn"] and "convolutions" in line for line in lines)
    assert max(map(len, lines)) <= 80
    assert "..." not in said(), "nothing is cut"


def test_the_tree_as_json(said):
    rows = json.loads(said("--json"))
    assert {"group": "model", "name": "cnn", "default": True, **about(rows, "cnn")} in rows
    assert [row["name"] for row in rows if row["group"] == "recipes"] == list(all_recipes())


def about(rows, name):
    return {"about": next(row["about"] for row in rows if row["name"] == name)}


def test_a_group(said):
    rows = json.loads(said("optimizer", "--json"))
    assert [row["name"] for row in rows] == ["adagrad", "adam", "adamw", "lion", "muon", "nadam", "rmsprop", "sgd"]
    assert all(row["about"] for row in rows)
    assert "successive halving" in said("sweep/pruner")


def test_the_keys_of_a_choice(said):
    rows = {row["key"]: row for row in json.loads(said("dataset=digits", "--json"))}
    assert rows["dataset.valid"]["value"] == 0.15
    assert rows["dataset.valid"]["type"] == "a number >= 0 and < 1"
    assert "held out" in rows["dataset.valid"]["about"]
    assert rows["dataset.augment.crop"]["value"] == 1
    text = said("model=cnn")
    assert "model.activation=relu" in text
    assert "one of relu, gelu" in text
    assert "in_shape" not in text, "a fact is not the user's to give"
    assert "callback.ema.decay=" in said("callback=ema")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["modle"], "did you mean model?"),
        (["model=cnnn"], "did you mean cnn?"),
        (["-cd", "nowhere"], "no such folder"),
        (["recipes=x"], "no recipes=x"),
    ],
)
def test_what_is_not_there(said, words, text):
    assert text in said(*words, code=2)


def test_recipes_here_and_packaged(said, tmp_path):
    (tmp_path / "recipes" / "deep").mkdir(parents=True)
    (tmp_path / "recipes" / "deep" / "mine.yaml").write_text("# 99 %, measured\nseed: 1\n")
    lines = said("recipes").splitlines()
    assert "recipes/deep/mine.yaml  99 %, measured" in lines
    assert "recipes/digits_cnn.yaml" in lines


def test_long_values_stay_whole(said):
    text = said("model=torchvision")
    assert "model._target_=runner.model.torchvision.torchvision\n" in text
    assert max(len(line) for line in text.splitlines()) <= 80
