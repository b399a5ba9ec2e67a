import os

from runner.history.past import Past, every_run
from tests.history import made


def test_what_is_known_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(made.place(tmp_path))
    run = Past(tmp_path / "outputs" / made.SECOND)
    for name, expected in {
        "run": made.SECOND, "id": made.SECOND, "status": "finished", "value": 0.85, "begun": "2026-11-26 12:01:02",
        "model": "cnn", "model.depth": 2, "optimizer.lr": 0.01, "test/accuracy": 0.84, "device": "cpu", "epochs": 3,
        "config.epochs": 3, "valid/loss": 0.25, "final.valid/loss": 0.5, "seconds": 1.5, "seconds.data": 0.5,
        "packages.torch": "2.15.0", "data.name": "digits", "git.dirty": True, "dataset": "digits", "sweep": None,
        "nothing": None,
    }.items():  # fmt: skip
        assert run.get(name) == expected, name
    assert not any("hunter2" in str(value) for value in run.everything.values()), "the patch is no fact to list"


def test_a_trial_knows_its_sweep_and_runs_come_by_age(tmp_path, monkeypatch):
    monkeypatch.chdir(made.place(tmp_path))
    trial = tmp_path / "outputs" / "mine" / "trials" / "0"
    os.utime(trial / "overrides.yaml", (1.0, 1.0))
    names = [run.get("run") for run in every_run()]
    assert names == ["mine/trials/0", made.FIRST, made.SECOND, made.THIRD]
    assert Past(trial).get("sweep") == "mine"


def test_a_run_that_goes_on_has_the_metrics_of_its_last_epoch(tmp_path):
    run = Past(made.run(tmp_path / "x", status=None, value=0.75))
    assert run.metrics == {"train/loss": 1 / 3, "valid/accuracy": 0.75}
    assert run.get("epochs") == 3


def test_a_run_that_was_killed_early_has_a_configuration_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "outputs" / "x"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("epochs: 4\n")
    run = Past(folder)
    assert (run.get("status"), run.get("epochs"), run.get("config.epochs")) == ("interrupted", 0, 4)
    (folder / "config.yaml").write_text("a: [")
    assert Past(folder).config == {}, "a damaged one does not hide the others"
