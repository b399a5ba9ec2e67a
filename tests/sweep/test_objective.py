"""What a search looks for, and which way is better."""

import pytest
from omegaconf import OmegaConf

from runner.sweep.objective import objectives, single, trained_for

TASK = {"_target_": "runner.task.classification.Classification"}


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        (None, {"valid/accuracy": "maximize"}),
        ("valid/loss", {"valid/loss": "minimize"}),
        ("train/loss", {"train/loss": "minimize"}),
        (["test/accuracy", "params"], {"test/accuracy": "maximize", "params": "minimize"}),
        (["valid/loss", "seconds"], {"valid/loss": "minimize", "seconds": "minimize"}),
    ],
)
def test_objectives_and_their_directions(objective, expected):
    found = objectives(OmegaConf.create({"task": TASK, "objective": objective}))
    assert list(found.items()) == list(expected.items())


def test_a_training_looks_at_the_first_that_is_known_after_each_epoch():
    assert trained_for(["params", "test/accuracy", "valid/loss", "train/loss"]) == "valid/loss"
    assert trained_for(["test/accuracy", "params"]) is None
    cfg = OmegaConf.create({"objective": ["seconds", "train/loss"]})
    assert single(cfg).objective == "train/loss"
    assert single(OmegaConf.create({"objective": "valid/loss"})).objective == "valid/loss"
