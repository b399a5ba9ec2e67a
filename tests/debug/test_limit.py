import pytest

from runner.check.examine import examine
from runner.chosen import note
from runner.command import read_command
from runner.compose import hydra_for
from runner.debug.limit import Limit
from runner.home import CONF
from runner.verb import assert_, best, runs
from tests.history import made
from tests.support import trained

PRESETS = sorted(path.stem for path in (CONF / "debug").glob("*.yaml"))


def test_is_all_unless_told_and_cannot_be_changed():
    limit = Limit(train=2)
    assert (limit.train, limit.valid, limit.test) == (2, None, None)
    with pytest.raises(AttributeError):
        limit.train = 3


@pytest.mark.parametrize(
    ("words", "epochs"),
    [
        (["mine.yaml", "debug=smoke"], 1),
        (["mine.yaml", "debug=overfit"], 10),
        (["mine.yaml", "debug=limit"], 7),
        (["mine.yaml", "debug=smoke", "epochs=3"], 3),
    ],
)
def test_a_recipe_s_epochs_do_not_undo_a_preset_and_the_command_s_do(tmp_path, monkeypatch, words, epochs):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("defaults: [/config, _self_]\nepochs: 7\n")
    command = read_command(words)
    with hydra_for(command, showing=True) as loader:
        assert examine(command, loader, deep=False).cfg.epochs == epochs


def test_lists_know_what_is_no_training_like_others(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(made.place(tmp_path))
    made.run(tmp_path / "outputs" / "20261127-000001-dddddd", "debug=smoke", "seed=2", value=1.0)
    recipe = made.run(tmp_path / "outputs" / "20261127-000002-eeeeee", "short.yaml", value=1.0)
    note(recipe, {"debug": "limit"})
    (tmp_path / "outputs" / "latest").unlink()
    (tmp_path / "outputs" / "latest").symlink_to(recipe.name)
    assert runs.main(["debug=smoke"]) == 0
    assert capsys.readouterr().out.splitlines()[1].endswith("valid/accuracy (debug=smoke) seed=2")
    assert runs.main(["debug=*", "-q"]) == 0
    assert capsys.readouterr().out.split() == ["20261127-000001-dddddd", recipe.name]
    assert best.main(["-q"]) == 0
    assert capsys.readouterr().out == "mine/trials/0\n"
    assert best.main(["-q", "debug=limit"]) == 0
    assert capsys.readouterr().out == f"{recipe.name}\n"
    assert assert_.main(["latest", "test/accuracy>0.5"]) == 0
    assert f"note: {recipe.name} was shortened by debug=limit" in capsys.readouterr().out


SLOW = {"profile"}
"""Torch's profiler takes seconds to write its trace; it has tests of its own."""


@pytest.mark.parametrize("preset", [pytest.param(p, marks=pytest.mark.siege if p in SLOW else ()) for p in PRESETS])
def test_every_preset_trains(tmp_path, preset):
    short = [] if preset == "overfit" else ["epochs=1", "batch_size=2", "dataset=noise", "dataset.samples=64"]
    summary = trained(tmp_path, f"debug={preset}", "dataset=digits", *short)
    assert summary["status"] == ("stopped" if preset == "overfit" else "finished")
    steps = {"smoke": 1, "limit": 20, "profile": 20}
    assert summary["steps"] == steps.get(preset, summary["steps"])
    assert (tmp_path / "profile" / "trace.json").exists() == (preset == "profile")
