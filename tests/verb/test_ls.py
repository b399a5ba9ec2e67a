"""``runner ls``: what there is, and what a choice can be told."""

import json

import pytest

from runner.check.facts import GROUPS
from runner.verb.ls import summary


def test_the_tree_has_every_group_and_choice(cli):
    done = cli("ls")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == list(GROUPS)
    assert any(line.split()[:1] == ["cnn"] and "convolutions" in line for line in lines)
    assert max(map(len, lines)) <= 80


def test_a_group(cli):
    rows = json.loads(cli("ls", "optimizer", "--json").stdout)
    assert [row["name"] for row in rows] == ["adagrad", "adam", "adamw", "lion", "muon", "nadam", "rmsprop", "sgd"]
    assert all(row["about"] for row in rows)


def test_the_keys_of_a_choice(cli):
    rows = {row["key"]: row for row in json.loads(cli("ls", "dataset=digits", "--json").stdout)}
    assert rows["dataset.valid"]["value"] == 0.15
    assert rows["dataset.valid"]["type"] == "a number >= 0 and < 1"
    assert "held out" in rows["dataset.valid"]["about"]
    assert rows["dataset.augment.crop"]["value"] == 1
    text = cli("ls", "model=cnn").stdout
    assert "model.activation=relu" in text
    assert "one of relu, gelu" in text
    assert "in_shape" not in text, "a fact is not the user's to give"
    assert "callback.ema.decay=" in cli("ls", "callback=ema").stdout


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["modle"], "did you mean model?"),
        (["model=cnnn"], "did you mean cnn?"),
        (["-cd", "nowhere"], "no such folder"),
    ],
)
def test_what_is_not_there(cli, words, text):
    done = cli("ls", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert text in done.stderr


def test_recipes_here_and_packaged(cli, tmp_path):
    (tmp_path / "recipes" / "deep").mkdir(parents=True)
    (tmp_path / "recipes" / "deep" / "mine.yaml").write_text("# 99 %, measured\nseed: 1\n")
    lines = cli("ls", "recipes").stdout.splitlines()
    assert any(line.split() == ["recipes/deep/mine.yaml", "99", "%,", "measured"] for line in lines)
    assert any(line.startswith("recipes/digits_cnn.yaml ") for line in lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# one\n# two\na: 1\n", "one"),
        ("# @package _global_\n# one\n", "one"),
        ("a: 1 # no\n# late\n", ""),
        ("", ""),
    ],
)
def test_summary(tmp_path, text, expected):
    path = tmp_path / "x.yaml"
    path.write_text(text)
    assert summary(path) == expected
