"""A sketch has the keys and the values of what Hydra composes."""

import pytest
from hydra import compose
from omegaconf import OmegaConf

from runner.command import read_command
from runner.compose import hydra_for
from runner.home import CONF, all_recipes
from runner.vocabulary.part import choices, groups, search_path
from runner.vocabulary.sketch import sketch

CALLBACKS = "progress,mlflow,record,checkpoint"


def flat(tree, path=()):
    if isinstance(tree, dict) and tree:
        return {k: v for key, inner in tree.items() for k, v in flat(inner, (*path, str(key))).items()}
    return {path: tree}


def differing(words, folders=(CONF,), chosen=()):
    """Return the keys in which a sketch is not what Hydra composes."""
    command = read_command(words)
    with hydra_for(command):
        real = flat(OmegaConf.to_container(compose(command.name, [word for word in words if "=" in word])))
    tree, _ = sketch(command.name, folders, dict(chosen))
    tree.pop("hydra", None)
    ours = flat(tree)
    return {key for key in real.keys() | ours.keys() if real.get(key, ...) != ours.get(key, ...)}


EVERY = [(group, name) for group in groups() for name in choices(group)]
FEW = {"rows", "text", "bayes", "asha", "smoke", "lstm", "ema"}
"""Those with defaults lists, packages and headers of their own; all others are tried by make siege."""


def few(cases, is_one):
    return [case if is_one(case) else pytest.param(*case, marks=pytest.mark.siege) for case in cases]


@pytest.mark.parametrize(("group", "name"), few(EVERY, lambda case: case[1] in FEW))
def test_every_choice(group, name):
    given = name
    if group == "callback":
        given = f"[{CALLBACKS},{name}]" if name not in CALLBACKS else f"[{CALLBACKS}]"
    assert differing([f"{group}={given}"], chosen={group: given.strip("[]")}) == set()


@pytest.mark.parametrize(
    ("name", "path"), few(all_recipes().items(), lambda case: "rows" in case[0] or "3_frozen" in case[0])
)
def test_every_recipe(name, path):
    assert differing([name], search_path(path)) == set()


def test_a_part_inside_a_part():
    chosen = {"dataset": "rows", "dataset@dataset.images": "fashion_mnist", "model": "lstm"}
    assert differing([f"{key}={value}" for key, value in chosen.items()], chosen=chosen) == set()


def test_a_group_that_no_defaults_list_has(tmp_path):
    (tmp_path / "config.yaml").write_text("defaults: [_self_]\nepochs: 1\n")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yaml").write_text("width: 3\n")
    assert sketch("config", (tmp_path,), {"model": "mine"})[0] == {"epochs": 1, "model": {"width": 3}}


@pytest.mark.parametrize("text", ["defaults: [config, _self_]\n", "a: [1\n", "- 1\n", "", "defaults: {a: 1}\n"])
def test_a_file_in_a_circle_or_a_broken_one_is_survived(tmp_path, text):
    (tmp_path / "config.yaml").write_text(text)
    sketch("config", (tmp_path,), {})


def test_numbers_are_read_as_hydra_reads_them(tmp_path):
    (tmp_path / "config.yaml").write_text("a: 1e-3\nb: 1_000.5\nc: .5e3\nd: 1e\ne: 0.1\nf: 3\n")
    tree, _ = sketch("config", (tmp_path,), {})
    assert tree == {"a": 1e-3, "b": 1000.5, "c": 500.0, "d": "1e", "e": 0.1, "f": 3}
