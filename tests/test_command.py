"""Reading a command line."""

import pytest

from runner.command import WrongCommand, read_command
from runner.compose import run_id
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


def test_needed_is_said_of_the_command_and_not_of_the_experiment():
    command = read_command(["a=1", "needed=true"])
    assert (command.needed, command.overrides) == (True, ("a=1",))
    assert not read_command(["needed=True", "needed=false"]).needed
    for words in (["needed=1"], ["-m", "seed=0,1", "needed=true"]):
        with pytest.raises(WrongCommand, match="needed="):
            read_command(words)
