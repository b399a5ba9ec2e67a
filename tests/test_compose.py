"""Setting Hydra up for a command."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from runner.check.composition import compose as composed
from runner.command import Command, read_command
from runner.compose import hydra_for, of_training, run_id

pytestmark = pytest.mark.usefixtures("own_words")


def test_a_recipe_finds_packaged_parts_and_own_ones(own_words):
    command = read_command(["mine.yaml", "-cd", "parts"])
    with hydra_for(command):
        cfg = composed(command.name, ["model=own", "optimizer=sgd"])
    assert (cfg.seed, cfg.model._target_, cfg.optimizer.lr) == (5, "own.Net", 0.1)
    assert "hydra" not in of_training(cfg)
    assert "hydra" in cfg


def test_the_next_command_does_not_see_the_folders_of_the_last(own_words):
    with hydra_for(read_command(["-cd", "parts"])) as loader:
        assert "own" in loader.repository.get_group_options("model")
    with hydra_for(Command()) as loader:
        assert "own" not in loader.repository.get_group_options("model")


def test_an_id_is_drawn_once_and_only_when_it_is_asked_for(own_words):
    with hydra_for(Command()):
        cfg = composed("config", [])
        assert not (own_words / "outputs").exists()
        first = cfg.hydra.run.dir
        assert cfg.hydra.sweep.dir == first == OmegaConf.select(cfg, "hydra.run.dir")
    assert Path(first).is_dir()
    assert len(list((own_words / "outputs").iterdir())) == 1
    with hydra_for(Command(flags=("--cfg", "job"))):
        assert composed("config", []).hydra.run.dir == "outputs/<id>"
    assert run_id() in first


def test_a_run_of_a_recipe_that_builds_on_nothing_has_a_folder_like_others(own_words):
    (own_words / "flat.yaml").write_text("seed: 3\n")
    with hydra_for(read_command(["flat.yaml", "seed=4", "hydra.run.dir=mine"]), showing=True):
        alone, mine, usual = composed("flat.yaml", ["seed=4"]), composed("flat.yaml", ["hydra.run.dir=mine"]), None
    with hydra_for(read_command([]), showing=True):
        usual = composed("config", [])
    assert alone.seed == 4
    for key in ("run", "sweep", "output_subdir", "job_logging", "hydra_logging"):
        assert OmegaConf.masked_copy(alone.hydra, [key]) == OmegaConf.masked_copy(usual.hydra, [key])
    assert mine.hydra.run.dir == "mine"
