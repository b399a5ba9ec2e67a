import pytest
import yaml

from runner.history.choice import choices_of, named
from runner.home import CONF

PACKAGED = sorted((CONF / "model").glob("*.yaml")) + sorted((CONF / "optimizer").glob("*.yaml"))


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_each_packaged_choice_is_told_from_its_keys_alone(path):
    assert named(path.parent.name, yaml.safe_load(path.read_text())) == path.stem


def test_what_was_typed_is_right_unless_another_target_replaced_it():
    config = {"model": {"_target_": "mine.Net", "width": 3}, "optimizer": {"_target_": "runner.optimizer.sgd.sgd"}}
    assert choices_of(config) == {"model": "Net", "optimizer": "sgd"}
    assert choices_of(config, ["model=wide"])["model"] == "wide"
    assert choices_of(config, ["model=mlp", "model._target_=mine.Net"])["model"] == "Net"
