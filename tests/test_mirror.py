"""Law 2: a config group, its package and its tests are images of one another, and YAML keys bind to signatures."""

import ast
import inspect
from pathlib import Path

import pytest
import yaml
from hydra.utils import get_object

from runner.check.facts import FACTS, GROUPS, SPECIAL
from runner.check.parameter import REQUIRED
from runner.check.signature import read_signature

ROOT = Path(__file__).parent.parent
CONF = ROOT / "conf"
CHOICES = sorted(path for path in CONF.rglob("*.yaml") if path.parent != CONF)


def nodes(tree):
    """Yield every node with a target, at any depth."""
    if isinstance(tree, dict):
        if "_target_" in tree:
            yield tree
        for value in tree.values():
            yield from nodes(value)


def targets(path):
    return list(nodes(yaml.safe_load(path.read_text(encoding="utf-8"))))


def by_group(path):
    """Yield (group, node) for every node with a target; a choice of the global package may bring parts of others."""
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    own = {group(path): tree} if "@package _global_" not in path.read_text(encoding="utf-8") else tree
    for name, value in own.items():
        yield from ((name, node) for node in nodes(value))


def packaged(path):
    """Return the names under which a YAML's defaults list brings in other choices of its group: images in rows."""
    listed = yaml.safe_load(path.read_text(encoding="utf-8")).get("defaults", [])
    keys = [key for item in listed if isinstance(item, dict) for key in item if not key.startswith("override")]
    return {key.partition("@")[2] for key in keys}


def group(path):
    return path.relative_to(CONF).parts[0]


def named(parameters):
    return {p.name: p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}


def ids(path):
    return str(path.relative_to(ROOT))


ALL_TARGETS = sorted({(node["_target_"]) for path in CHOICES for node in targets(path)})
GROUP_CHOICES = [path for path in CHOICES if group(path) in GROUPS]
MODULES = sorted(path for name in GROUPS for path in (ROOT / "runner" / name).rglob("*.py") if path.stem != "__init__")


def test_something_is_looked_at():
    assert len(GROUP_CHOICES) >= 60
    assert len(ALL_TARGETS) >= 50


@pytest.mark.parametrize("path", GROUP_CHOICES, ids=ids)
def test_yaml_names_a_target_in_the_package_of_its_folder(path):
    found = list(by_group(path))
    assert found, "no _target_"
    for name, node in found:
        assert node["_target_"].startswith(f"runner.{name}.")


@pytest.mark.parametrize("path", GROUP_CHOICES, ids=ids)
def test_every_key_binds_to_the_real_signature(path):
    for node in targets(path):
        parameters = named(inspect.signature(get_object(node["_target_"])).parameters.values())
        assert set(node) - {*SPECIAL, "defaults"} <= set(parameters)
        facts = {name for place, named in FACTS.items() if place.split(".")[0] == group(path) for name in named}
        given = set(node) | packaged(path) | facts
        assert {name for name, p in parameters.items() if p.default is p.empty} <= given


@pytest.mark.parametrize("path", GROUP_CHOICES, ids=ids)
def test_yaml_opens_with_a_line_for_runner_ls(path):
    from runner.vocabulary.part import about

    assert len(about(path)) > 10


@pytest.mark.parametrize("target", ALL_TARGETS)
def test_the_signature_read_from_source_is_the_real_one(target):
    read = read_signature(target)
    assert read is not None
    real = named(inspect.signature(get_object(target)).parameters.values())
    assert list(read.parameters) == list(real)
    for name, parameter in real.items():
        expected = REQUIRED if parameter.default is parameter.empty else parameter.default
        assert read.parameters[name].default == expected or read.parameters[name].default is expected
        assert read.parameters[name].doc, f"{target}: {name} is not documented"


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_every_module_has_its_tests(path):
    mirrored = ROOT / "tests" / path.parent.relative_to(ROOT / "runner") / f"test_{path.stem}.py"
    assert mirrored.is_file() or not has_code(path)


def has_code(path):
    return any(isinstance(n, ast.FunctionDef | ast.ClassDef) for n in ast.parse(path.read_text()).body)
