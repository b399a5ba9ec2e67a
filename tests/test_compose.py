"""Reading a command line, and setting Hydra up for it."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from runner.check.composition import compose as composed
from runner.compose import Command, WrongCommand, hydra_for, of_training, read_command, run_id
from runner.home import CONF, RECIPES


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_id.cache_clear()
    (tmp_path / "mine.yaml").write_text("defaults: [config, _self_]\nseed: 5\n")
    (tmp_path / "parts" / "model").mkdir(parents=True)
    (tmp_path / "parts" / "model" / "own.yaml").write_text("_target_: own.Net\n")
    return tmp_path


def test_words_are_sorted_wherever_they_stand(here):
    words = ["a=1", "--cfg", "job", "mine.yaml", "-m", "+b=2", "-cd", "parts", "~c", "-p", "model"]
    command = read_command(words)
    assert command.recipe == here / "mine.yaml"
    assert command.overrides == ("a=1", "+b=2", "~c")
    assert command.flags == ("--cfg", "job", "-p", "model")
    assert command.config_dir == here / "parts"
    assert command.multirun


def test_nothing_is_the_packaged_configuration():
    command = read_command([])
    assert (command.directory, command.name, command.flags, command.overrides) == (CONF, "config", (), ())


def test_the_folder_here_comes_before_the_packaged_recipes(here):
    packaged = RECIPES / "digits_cnn.yaml"
    assert read_command(["recipes/digits_cnn.yaml"]).recipe == packaged
    (here / "recipes").mkdir()
    (here / "recipes" / "digits_cnn.yaml").write_text("defaults: [config]\n")
    assert read_command(["recipes/digits_cnn.yaml"]).recipe == here / "recipes" / "digits_cnn.yaml"


def test_hydras_own_way_to_name_a_recipe(here):
    assert read_command(["--config-path", ".", "--config-name", "mine"]).recipe == here / "mine.yaml"
    assert read_command(["-cn", "config"]).recipe == CONF / "config.yaml"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["min.yaml"], "no recipe min.yaml: did you mean mine.yaml?"),
        (["mine.yaml", "other.yml"], "one recipe at a time"),
        (["-cd", "nowhere"], "no such folder"),
        (["--nonsense"], "--nonsense"),
        (["--multi"], "--multi"),
        (["--cfg", "jobs"], "invalid choice: 'jobs'"),
        (["-cd"], "expected one argument"),
    ],
)
def test_wrong_commands(words, text):
    with pytest.raises(WrongCommand, match=text.replace("?", r"\?")):
        read_command(words)


def test_a_recipe_finds_packaged_parts_and_own_ones(here):
    command = read_command(["mine.yaml", "-cd", "parts"])
    with hydra_for(command):
        cfg = composed(command.name, ["model=own", "optimizer=sgd"])
    assert (cfg.seed, cfg.model._target_, cfg.optimizer.lr) == (5, "own.Net", 0.1)
    assert "hydra" not in of_training(cfg)
    assert "hydra" in cfg


def test_the_next_command_does_not_see_the_folders_of_the_last(here):
    with hydra_for(read_command(["-cd", "parts"])) as loader:
        assert "own" in loader.repository.get_group_options("model")
    with hydra_for(Command()) as loader:
        assert "own" not in loader.repository.get_group_options("model")


def test_an_id_is_drawn_once_and_only_when_it_is_asked_for(here):
    with hydra_for(Command()):
        cfg = composed("config", [])
        assert not (here / "outputs").exists()
        first = cfg.hydra.run.dir
        assert cfg.hydra.sweep.dir == first == OmegaConf.select(cfg, "hydra.run.dir")
    assert Path(first).is_dir()
    assert len(list((here / "outputs").iterdir())) == 1
    with hydra_for(Command(flags=("--cfg", "job"))):
        assert composed("config", []).hydra.run.dir == "outputs/<id>"
    assert run_id() in first


def test_needed_is_said_of_the_command_and_not_of_the_experiment():
    command = read_command(["a=1", "needed=true"])
    assert (command.needed, command.overrides) == (True, ("a=1",))
    assert not read_command(["needed=True", "needed=false"]).needed
    for words in (["needed=1"], ["-m", "seed=0,1", "needed=true"]):
        with pytest.raises(WrongCommand, match="needed="):
            read_command(words)


def test_a_run_of_a_recipe_that_builds_on_nothing_has_a_folder_like_others(here):
    (here / "flat.yaml").write_text("seed: 3\n")
    with hydra_for(read_command(["flat.yaml", "seed=4", "hydra.run.dir=mine"]), showing=True):
        alone, mine, usual = composed("flat.yaml", ["seed=4"]), composed("flat.yaml", ["hydra.run.dir=mine"]), None
    with hydra_for(read_command([]), showing=True):
        usual = composed("config", [])
    assert alone.seed == 4
    for key in ("run", "sweep", "output_subdir", "job_logging", "hydra_logging"):
        assert OmegaConf.masked_copy(alone.hydra, [key]) == OmegaConf.masked_copy(usual.hydra, [key])
    assert mine.hydra.run.dir == "mine"
