import json

import pytest

from runner.gate.measured import folder_of, mean, measured, task_directions
from tests.gate import made
from tests.sweep import made as searched


def test_every_number_of_a_run_has_a_name_and_a_direction(tmp_path):
    found = measured(made.run(tmp_path / "a", test__accuracy=0.9, valid__accuracy=0.8, train__loss=0.2))
    assert found.numbers["test/accuracy"] == 0.9
    assert found.numbers["valid/accuracy"] == found.numbers["value"] == 0.8
    assert "best/valid/accuracy" not in found.names
    assert (found.numbers["seconds"], found.numbers["seconds/forward"], found.numbers["params"]) == (12.5, 6.25, 650)
    assert (found.numbers["epochs"], found.numbers["steps"], found.numbers["best_epoch"]) == (3, 60, 2)
    wanted = {
        "test/accuracy": "max", "test/loss": "min", "train/loss": "min", "final.valid/accuracy": "max", "value": "max",
        "seconds": "min", "seconds/forward": "min", "samples_per_second": "max", "params": "min",
    }  # fmt: skip
    assert {name: found.directions[name] for name in wanted} == wanted
    assert not {"epochs", "steps", "best_epoch"} & set(found.directions)
    assert set(found.numbers) <= set(found.names)


def test_what_a_run_would_have_measured_is_no_unknown_name(tmp_path):
    folder = made.run(tmp_path / "a")
    (folder / "summary.json").unlink()  # killed
    found = measured(folder)
    assert found.status == "interrupted"
    assert "test/accuracy" in found.names
    assert "test/accuracy" not in found.numbers
    (folder / "config.yaml").write_text("a: [")
    with pytest.raises(ValueError, match="cannot be read"):
        measured(folder)


def test_a_users_task_says_itself_which_way_is_better(tmp_path, monkeypatch):
    (tmp_path / "gate_task.py").write_text("class Mine:\n    directions = dict(score='max')\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert task_directions("gate_task.Mine") == {"loss": "min", "score": "max"}
    assert task_directions("no_such_module.Mine") == {"loss": "min"}


def test_a_sweep_is_its_best_trial(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "outputs" / "first"
    study = searched.study(folder, identity=searched.identity({"seed": "0,1"}))
    (folder / "sweep.yaml").write_text(json.dumps({"name": "first", "identity": {}}))
    with pytest.raises(ValueError, match="no trial of the sweep first has finished"):
        folder_of("first")
    for seed in ("0", "1"):
        searched.add(study, value=0.5 + int(seed), texts={"seed": seed})
    assert folder_of("first") == folder / "trials" / "1"


def test_the_mean_of_seeds(tmp_path):
    runs = [measured(made.run(tmp_path / str(n), test__accuracy=0.8 + n / 10)) for n in range(2)]
    assert mean(runs).numbers["test/accuracy"] == pytest.approx(0.85)
    failed = measured(made.run(tmp_path / "bad", status="failed"))
    assert mean([*runs, failed]).status == "failed"
    assert "test/accuracy" not in mean([*runs, failed]).numbers
    other = measured(made.run(tmp_path / "other", task="runner.task.regression.Regression"))
    with pytest.raises(ValueError, match="have no mean"):
        mean([runs[0], other])
