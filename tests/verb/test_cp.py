"""``runner cp``: a copy of one's own, and the command that uses it."""

import json

import pytest
from hydra import compose
from omegaconf import OmegaConf

from runner.command import WrongCommand, read_command
from runner.compose import hydra_for, of_training
from runner.home import CONF, RECIPES
from runner.verb import cp
from tests.explain.test_trace import leaves


@pytest.fixture(autouse=True)
def _there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def composed(word):
    command = read_command([word])
    with hydra_for(command, showing=True):
        return leaves(of_training(compose(command.name)))


def test_a_recipe_by_itself_is_copied_as_it_is(tmp_path, capsys):
    assert cp.main(["recipes/digits_cnn.yaml", "my.yaml"]) == 0
    assert capsys.readouterr().out == "my.yaml\nnext  runner my.yaml\n"
    assert (tmp_path / "my.yaml").read_bytes() == (RECIPES / "digits_cnn.yaml").read_bytes()


def test_what_a_recipe_inherits_comes_along(tmp_path, capsys):
    assert cp.main(["--json", "recipes/ladder/4_deeper.yaml", "deep/"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["to"], told["command"]) == ("deep/4_deeper.yaml", "runner deep/4_deeper.yaml")
    assert composed("deep/4_deeper.yaml") == composed("recipes/ladder/4_deeper.yaml")
    assert "0.9349 +- 0.0005" in (tmp_path / "deep/4_deeper.yaml").read_text()


def test_a_part(tmp_path, capsys):
    assert cp.main(["model=cnn", "conf/model/mine.yaml"]) == 0
    assert capsys.readouterr().out.endswith("next  runner --config-dir conf model=mine\n")
    assert (tmp_path / "conf/model/mine.yaml").read_text() == (CONF / "model/cnn.yaml").read_text()
    assert cp.main(["sweep/pruner=asha", "conf/sweep/pruner/mine.yaml"]) == 0
    assert "runner --config-dir conf sweep/pruner=mine" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["recipes/no.yaml", "my.yaml"], "no recipe recipes/no.yaml"),
        (["recipes/digits_cnn.yaml", "my.txt"], "my.txt must end in .yaml"),
        (["recipes/digits_cnn.yaml", "there.yaml"], "there.yaml is there already: take another name, or --force"),
        (["there.yaml", "there.yaml"], "is the same file"),
        (["--force", "there.yaml", "there.yaml"], "is the same file"),
        (["model=cnn", "mine.yaml"], "a model is found in a folder of that name: conf/model/mine.yaml"),
        (["recipes/digits_cnn.yaml", "there.yaml/my.yaml"], "cannot be written"),
        (["tangled.yaml", "my.yaml"], "copy its whole folder"),
    ],
)
def test_mistakes_change_nothing(tmp_path, capsys, words, text):
    (tmp_path / "there.yaml").write_text("defaults: [config, _self_]\n")
    (tmp_path / "tangled.yaml").write_text("defaults: [there, _self_, override model: mlp]\n")
    assert cp.main(words) == 2
    assert text in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tangled.yaml", "there.yaml"]
    assert (tmp_path / "there.yaml").read_text() == "defaults: [config, _self_]\n"


def test_a_run_becomes_a_recipe_that_trains_it_again_with_another_seed(tmp_path, capsys):
    from runner.recorded import config
    from tests.support import trained

    folder = tmp_path / "outputs" / "20261126-114354-aaaaaa"
    trained(folder, "epochs=1", "seed=3")
    assert cp.main([folder.name, "again.yaml"]) == 0
    assert capsys.readouterr().out == "again.yaml\nnext  runner again.yaml\n"
    text = (tmp_path / "again.yaml").read_text()
    assert text.startswith(f"# run {folder.name}: valid/accuracy 0.")
    assert "override /model: mlp" in text
    assert composed("again.yaml") == leaves(OmegaConf.create(config(folder)))
    assert cp.main([f"outputs/{folder.name}/config.yaml", "deep/"]) == 0
    assert (tmp_path / "deep" / f"{folder.name}.yaml").is_file()
    assert cp.main(["nothing", "x.yaml"]) == 2
    assert "no recipe nothing" in capsys.readouterr().err
    with pytest.raises(WrongCommand, match=f"no recipe: runner cp {folder.name} my.yaml"):
        read_command([f"outputs/{folder.name}/config.yaml", "seed=1"])


def test_a_run_from_elsewhere_has_to_be_vouched_for(tmp_path, capsys):
    run = tmp_path / "sent"
    run.mkdir()
    (run / "config.yaml").write_text("epochs: 1\nmodel: {_target_: mynet.MyNet}\n")
    (run / "overrides.yaml").write_text("[]\n")
    assert cp.main(["sent", "mine.yaml"]) == 2
    assert "--trust mynet:MyNet" in capsys.readouterr().err
    assert not (tmp_path / "mine.yaml").exists()


def test_force(tmp_path):
    (tmp_path / "there.yaml").write_text("old\n")
    assert cp.main(["recipes/digits_cnn.yaml", "there.yaml", "--force"]) == 0
    assert "old" not in (tmp_path / "there.yaml").read_text()
