"""Reading a command line."""

import pytest

from runner.command import WrongCommand, read_command
from runner.home import CONF, RECIPES

pytestmark = pytest.mark.usefixtures("own_words")


def test_words_are_sorted_wherever_they_stand(own_words):
    words = ["a=1", "--cfg", "job", "mine.yaml", "-m", "+b=2", "-cd", "parts", "~c", "-p", "model"]
    command = read_command(words)
    assert command.recipe == own_words / "mine.yaml"
    assert command.overrides == ("a=1", "+b=2", "~c")
    assert command.flags == ("--cfg", "job", "-p", "model")
    assert command.config_dir == own_words / "parts"
    assert command.multirun


def test_nothing_is_the_packaged_configuration():
    command = read_command([])
    assert (command.directory, command.name, command.flags, command.overrides) == (CONF, "config", (), ())


def test_the_folder_here_comes_before_the_packaged_recipes(own_words):
    packaged = RECIPES / "digits_cnn.yaml"
    assert read_command(["recipes/digits_cnn.yaml"]).recipe == packaged
    (own_words / "recipes").mkdir()
    (own_words / "recipes" / "digits_cnn.yaml").write_text("defaults: [config]\n")
    assert read_command(["recipes/digits_cnn.yaml"]).recipe == own_words / "recipes" / "digits_cnn.yaml"


def test_hydras_own_way_to_name_a_recipe(own_words):
    assert read_command(["--config-path", ".", "--config-name", "mine"]).recipe == own_words / "mine.yaml"
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
