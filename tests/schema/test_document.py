"""The schemas hold for everything that is shipped, and not for the mistakes that the check finds."""

import pytest
import yaml
from omegaconf._utils import get_yaml_loader

from runner.check.facts import GROUPS
from runner.home import CONF, all_recipes
from runner.schema.document import document
from runner.schema.known import known
from runner.vocabulary.part import groups
from tests.check.test_faults import FAULTS, YAML_FAULTS

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
