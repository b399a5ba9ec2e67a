"""Which choices a run was composed of: the same name, however it was chosen."""

import json

import pytest

from runner.api import load, train
from runner.check.composition import compose as composed
from runner.chosen import choices_in, note, noted
from runner.command import read_command
from runner.compose import hydra_for, of_training
from runner.history.past import Past
from runner.verb import best, runs

TINY = ["dataset=noise", "dataset.samples=96", "epochs=1", "batch_size=32", "callback=[record]"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "parts" / "model").mkdir(parents=True)
    (tmp_path / "parts" / "model" / "small.yaml").write_text("_target_: runner.model.mlp.MLP\nwidths: [3]\n")
    (tmp_path / "parts" / "model" / "heir.yaml").write_text("defaults: [small, _self_]\nwidths: [4]\n")
    (tmp_path / "shapes.yaml").write_text("defaults: [/config, override /model: small, _self_]\n")
    return tmp_path


def chosen(*words):
    command = read_command(["--config-dir", "parts", *words])
    with hydra_for(command, showing=True):
        cfg = composed(command.name, list(command.overrides))
    return choices_in(cfg.hydra, of_training(cfg)).get("model")


def test_a_choice_has_its_name_unless_its_target_was_replaced(here):
    assert chosen() == "cnn"
    assert chosen("model=small") == chosen("shapes.yaml") == "small"
    assert chosen("model=heir") == "heir"
    assert chosen("model=small", "model._target_=mynet.MyNet") is None
    (here / "other.yaml").write_text("defaults: [shapes, _self_]\nmodel: {_target_: mynet.MyNet}\n")
    assert chosen("other.yaml") is None


def test_what_was_noted_is_read_and_what_is_broken_is_nothing(here):
    note(here, {})
    assert noted(here) == {}
    note(here, {"model": "small"})
    assert noted(here) == {"model": "small"}
    (here / "choices.json").write_text('{"model": {"a": 1}, "task": "binary"}')
    assert noted(here) == {"task": "binary"}
    (here / "choices.json").write_text("{")
    assert noted(here) == {}


def test_lists_know_a_run_by_its_recipe_and_its_choice(here, capsys):
    typed = train("model=small", *TINY, config_dir="parts")
    by_recipe = train(*TINY, recipe="shapes.yaml", config_dir="parts")
    assert runs.main(["model=small", "-q"]) == 0
    assert capsys.readouterr().out.split() == sorted([typed.id, by_recipe.id])
    words = ["shapes.yaml", *TINY]
    assert load(by_recipe.id).summary["status"] == "finished"
    assert Past(by_recipe.folder).get("overrides") == words
    assert json.loads((by_recipe.folder / "environment.json").read_text())["overrides"] == words, "for the banner"
    assert best.main(["model=small"]) == 0
    assert "shapes.yaml model=small dataset=noise" in capsys.readouterr().out
