"""A folder of one's own parts: every verb that composes takes it, and who forgot it is told."""

import pytest

RECIPE = "defaults:\n  - /config\n  - override /model: mine\n  - _self_\n"
FORGOTTEN = "model=mine: no such model: conf/model/mine.yaml is one with --config-dir conf, or once for all export "


@pytest.fixture
def mine(here, tmp_path, monkeypatch):
    """Run the program in a folder with a model in ``conf`` and a recipe that chooses it."""
    monkeypatch.delenv("RUNNER_CONFIG_DIR", raising=False)
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "conf" / "model" / "mine.yaml").write_text("# mine\n_target_: runner.model.mlp.MLP\nwidths: [9]\n")
    (tmp_path / "own.yaml").write_text(RECIPE)
    return here


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (["check", "own.yaml"], "own.yaml:3"),
        (["explain", "own.yaml", "model.widths"], "own.yaml:3"),
        (["--cfg", "job", "model=mine"], "model=mine"),
        pytest.param(["-m", "model=mine,cnn"], "model=mine,cnn", marks=pytest.mark.siege),
        (["ls", "model=mine"], ""),
        (["cat", "model=mine"], ""),
        (["matrix", "--dataset", "digits", "--model", "mine"], ""),
    ],
)
def test_who_forgot_it_is_told_the_flag(mine, words, place):
    done = mine(*words)
    assert (done.returncode, done.stdout.replace("wrong  own.yaml\n", "")) == (2, "")
    assert f"error: {FORGOTTEN}RUNNER_CONFIG_DIR=conf\n" in done.stderr
    assert not place or f"  --> {place}\n" in done.stderr


COMPOSING = {
    "check": (["check", "own.yaml"], "ok     own.yaml"),
    "explain": (["explain", "own.yaml", "model.widths"], "model.widths=[9]"),
    "ls": (["ls", "model=mine"], "model.widths=[9]"),
    "cat": (["cat", "model=mine"], "widths: [9]"),
    "cp": (["cp", "model=mine", "other/model/copy.yaml"], "model=copy"),
    "schema": (["schema", "model"], '"mine"'),
    "summary": (["summary", "own.yaml"], "MLP on digits"),
    "show": (["show", "own.yaml", "model.widths=[9]"], "runner summary --config-dir conf own.yaml"),
    "lr-find": (["lr-find", "own.yaml", "--steps", "3"], "ended  after 3 updates"),
    "train": (["train", "own.yaml", "--cfg", "job", "-p", "model.widths"], "- 9"),
}
OFTEN = ("check", "ls")


@pytest.mark.parametrize(
    "verb", [name if name in OFTEN else pytest.param(name, marks=pytest.mark.siege) for name in COMPOSING]
)
def test_a_verb_that_composes_takes_it_before_or_after_or_from_the_variable(mine, monkeypatch, verb):
    words, said = COMPOSING[verb]
    done = mine("--config-dir", "conf", *words)
    assert (done.returncode, said in done.stdout) == (0, True), done.stderr
    if verb in ("explain", "ls", "train"):
        done = mine(*words, "-cd", "conf")
        assert (done.returncode, said in done.stdout) == (0, True), done.stderr
        monkeypatch.setenv("RUNNER_CONFIG_DIR", "conf")
        done = mine(*words)
        assert (done.returncode, said in done.stdout) == (0, True), done.stderr


def test_what_was_read_of_another_folder_is_not_told_of_this_one(mine, tmp_path, monkeypatch):
    assert "[9]" in mine("ls", "model=mine", "-cd", "conf").stdout
    (tmp_path / "other" / "conf" / "model").mkdir(parents=True)
    other = "# other\n_target_: runner.model.mlp.MLP\nwidths: [7]\n"
    (tmp_path / "other" / "conf" / "model" / "mine.yaml").write_text(other)
    monkeypatch.chdir(tmp_path / "other")
    assert "[7]" in mine("ls", "model=mine", "-cd", "conf").stdout


def test_a_variable_that_leads_nowhere_is_told(mine, monkeypatch):
    monkeypatch.setenv("RUNNER_CONFIG_DIR", "gone")
    done = mine("check", "epochs=1")
    assert (done.returncode, "error: RUNNER_CONFIG_DIR=gone: no such folder\n" in done.stderr) == (2, True)
