"""The schemas hold for everything that is shipped, and not for the mistakes that the check finds."""

import re

import pytest
import yaml
from omegaconf._utils import get_yaml_loader

from runner.check.facts import GROUPS
from runner.home import CONF, all_recipes
from runner.schema.document import document
from runner.schema.known import known
from runner.vocabulary.part import groups
from tests.check.test_faults import FAULTS, YAML_FAULTS
from tests.conftest import ROOT

jsonschema = pytest.importorskip("jsonschema")
VOCABULARY = known()
NAMES = ("recipe", *groups())
CHOICES = sorted(path for path in CONF.rglob("*.yaml") if path.parent != CONF)


@pytest.fixture(scope="module")
def validator():
    return {name: jsonschema.Draft202012Validator(document(name, VOCABULARY)) for name in NAMES}


def loaded(text):
    return yaml.load(text, Loader=get_yaml_loader())  # as Hydra reads it


def errors(validator, content):
    return [error.message for error in validator.iter_errors(content)]


@pytest.mark.parametrize("path", [*all_recipes().values(), CONF / "config.yaml"], ids=lambda path: path.stem)
def test_recipes_are_valid(validator, path):
    assert errors(validator["recipe"], loaded(path.read_text())) == []


@pytest.mark.parametrize("path", CHOICES, ids=lambda path: str(path.relative_to(CONF)))
def test_choices_are_valid(validator, path):
    assert errors(validator[str(path.parent.relative_to(CONF))], loaded(path.read_text())) == []


def test_every_group_has_one():
    assert {"recipe", *GROUPS, "sweep/pruner"} == set(NAMES)


@pytest.mark.parametrize(
    "name",
    [name if name in ("optimizer", "callback") else pytest.param(name, marks=pytest.mark.siege) for name in NAMES],
)
def test_they_are_schemas(validator, name):
    jsonschema.Draft202012Validator.check_schema(validator[name].schema)


README = re.search(r"```yaml\n(# cnn on digits.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
"""The recipe of the README, as people copy it."""


def test_the_recipe_of_the_readme_is_valid_for_readers_of_yaml_1_1_too(validator):
    content = yaml.safe_load(README[1])
    assert content["optimizer"]["lr"] == "3e-3", "to them a number without a point is text"
    assert errors(validator["recipe"], content) == []
    for text in ("-3e-3", "e-3", "3e-", "a 3e-3"):
        assert errors(validator["recipe"], {"optimizer": {"lr": text}}), text


HEAD = "defaults: [/config, override /model: cnn, override /optimizer: adamw, _self_]\n"
MISTAKES = {
    "key of the chosen part": (HEAD + "model: {widhts: [3]}", "model", "'widhts' is not one of [", "'widths'"),
    "key of no part": ("model: {widhts: [3]}", "model", "'widhts' is not one of [", "'widths', 'depth'"),
    "key of another part": (HEAD + "model: {cell: GRU}", "model", "'cell' is not one of [", "'widths'"),
    "key inside": ("dataset: {augment: {corp: 1}}", "dataset.augment", "'corp' is not one of ['crop'", ""),
    "root key": (HEAD + "epocs: 1", "", "'epocs' is not one of ['epochs'", ""),
    "callback": ("callback: {mlfow: {uri: x}}", "callback", "'mlfow' is not one of [", "'mlflow'"),
    "key of a callback": ("callback: {mlflow: {urii: x}}", "callback.mlflow", "'urii' is not one of ['uri'", ""),
    "type": (HEAD + "model: {widths: three}", "model.widths", "'three' is not of type 'array'", ""),
    "no number": ("optimizer: {lr: fast}", "optimizer.lr", "'fast' is not of type 'number'", ""),
    "range": (HEAD + "optimizer: {lr: -1}", "optimizer.lr", "-1 is less than or equal to the minimum of 0", ""),
    "range of an item": (HEAD + "model: {widths: [8, 0]}", "model.widths.1", "0 is less than the minimum of 1", ""),
    "word": (HEAD + "model: {pool: mx}", "model.pool", "'mx' is not one of ['max', 'avg', 'stride']", ""),
    "number or a word": ("batch_size: atuo", "batch_size", "'atuo' is not one of ['auto']", ""),
    "number of a number or a word": ("batch_size: 0", "batch_size", "0 is less than the minimum of 1", ""),
    "choice": ("defaults: [override /model: cnnn]", "defaults.0.override /model", "'cnnn' is not one of ['cnn'", ""),
    "group": ("defaults: [override /modle: cnn]", "defaults.0", "'override /modle' does not match", "model|task"),
    "entry": ("defaults: [/config, 3]", "defaults.1", "3 is not of type 'string', 'object'", ""),
    "target": ("task: {_target_: runner.task.X}", "task._target_", "'runner.task.X' is not one of [", "Binary"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_validator_names_the_mistake_and_what_is_allowed(validator, mistake):
    text, place, *words = MISTAKES[mistake]
    found = list(validator["recipe"].iter_errors(yaml.safe_load(text)))
    assert len(found) == 1, "one mistake is told once"
    best = jsonschema.exceptions.best_match(iter(found))
    assert ".".join(map(str, best.path)) == place
    assert all(word in best.message for word in words), best.message


def test_a_validator_names_the_mistake_in_the_file_of_a_part(validator):
    found = errors(validator["model"], yaml.safe_load("_target_: runner.model.cnn.CNN\nwidhts: [3]"))
    assert [message.partition(" [")[0] for message in found] == ["'widhts' is not one of"]
    (found,) = errors(validator["debug"], yaml.safe_load("_target_: runner.debug.limit.Limit\nepochs: 0"))
    assert found.startswith("'epochs' is not one of")
    assert errors(validator["debug"], {"debug": {"_target_": "runner.debug.limit.Limit"}, "epochs": 0}) == [
        "0 is less than the minimum of 1"
    ]


BEYOND = {"duplicate", "broken", "parent", "missing value", "interpolation"}
"""No schema sees these: the reader of YAML does, or only a composition."""


@pytest.mark.parametrize("fault", sorted(set(YAML_FAULTS) - BEYOND))
def test_wrong_recipes_are_not(validator, fault):
    assert errors(validator["recipe"], loaded(YAML_FAULTS[fault][0]))


SEEN = (
    "root key", "key", "nested key", "callback", "range", "type", "bool for number", "text for number",
    "text for list", "element", "null", "literal", "word for number", "fact", "target", "module",
    "target that is no name",
)  # fmt: skip


def nested(dotted, value):
    for part in reversed(dotted.split(".")):
        value = {part: value}
    return value


@pytest.mark.parametrize("fault", SEEN)
def test_values_that_the_command_may_not_give_a_recipe_may_not_either(validator, fault):
    key, _, value = FAULTS[fault][0].lstrip("+").partition("=")
    content = {"defaults": ["config", "_self_"], **nested(key, loaded(value))}
    assert errors(validator["recipe"], content)
