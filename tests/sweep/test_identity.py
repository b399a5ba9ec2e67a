"""A search is continued only if it is the same one; what watches or speeds up a training may change."""

import json

import pytest

from runner.sweep.identity import differences, identity, within
from tests.sweep.asked import asked

WORDS = ("model=mlp,cnn", "optimizer.lr=0.1,0.2", "epochs=3")


def of(*words):
    with asked(*words) as search:
        return json.loads(json.dumps(identity(search, ["valid/accuracy"])))


@pytest.mark.parametrize(
    "changed",
    [
        ("hardware.threads=1",),
        ("~callback.mlflow",),
        ("+callback=monitor",),
        ("sweep.trials=3", "sweep.jobs=1", "sweep.name=x", "sweep.fail_fast=true", "sweep.budget=2h"),
        ("sweep/pruner=median",),
        ("expect={test/accuracy: '> 0.1'}",),
    ],
)
def test_what_may_change(changed):
    assert differences(of(*WORDS), of(*WORDS, *changed)) == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("model=mlp,cnn", "optimizer.lr=0.1,0.2", "epochs=4"), "epochs: 3 -> 4"),
        (("model=mlp,cnn", "optimizer.lr=0.1,0.3", "epochs=3"), "sweep.space.optimizer.lr: 0.1,0.2 -> 0.1,0.3"),
        (("model=mlp,cnn", "epochs=3"), "sweep.space.optimizer.lr: 0.1,0.2 -> not there"),
        ((*WORDS, "sweep.seed=1"), "sweep.seed: 0 -> 1"),
        ((*WORDS, "sweep.seeds=2"), "sweep.seeds: 1 -> 2"),
        ((*WORDS, "+callback=early_stopping"), "callback.early_stopping.patience: not there -> 5"),
        ((*WORDS, "hardware.clip_norm=1"), "hardware.clip_norm: None -> 1"),
        ((*WORDS, "dataset.split_seed=4"), "dataset.split_seed: 0 -> 4"),
        (
            (*WORDS, "sweep=random", "sweep.trials=3"),
            "sweep.sampler._target_: runner.sweep.sampler.grid.grid -> runner.sweep.sampler.random.random",
        ),
    ],
)
def test_what_may_not_change_is_named(words, line):
    assert line in differences(of(*WORDS), of(*words))


def test_the_searched_keys_are_not_part_of_the_rest():
    config = of(*WORDS)["config"]
    assert "epochs" in config
    assert not any(key.startswith(("model.", "optimizer.lr", "hardware.device", "callback")) for key in config)
    assert within("dataset.images.root", "dataset@dataset.images")
    assert not within("modeling", "model")
