import json

import pytest
import torch
import yaml

from runner.folder import Busy, lock
from tests.support import built, trained


def rows(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_run_writes_what_the_contract_promises(tmp_path):
    folder = tmp_path / "run"
    summary = trained(folder, "seed=3")
    assert summary["status"] == "finished"
    assert summary["objective"] == "valid/accuracy"
    assert summary["epochs"] == 3
    assert summary["steps"] == 3 * 4  # 56 samples in batches of 16
    assert summary["checkpoint"] == "checkpoints/best.pt"
    assert set(summary["metrics"]["final"]) >= {
        "train/loss",
        "valid/loss",
        "valid/accuracy",
        "test/accuracy",
        "test/f1",
    }
    assert summary["value"] == summary["metrics"]["best"]["valid/accuracy"]
    assert abs(sum(v for k, v in summary["seconds"].items() if k != "total") - summary["seconds"]["total"]) < 0.05
    assert {"data", "forward", "backward", "optimizer", "evaluation", "checkpoint"} <= set(summary["seconds"])
    assert yaml.safe_load((folder / "config.yaml").read_text())["seed"] == 3
    assert yaml.safe_load((folder / "overrides.yaml").read_text()) == ["seed=3"]
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["seed"] == 3
    assert len(environment["data"]["fingerprint"]) == 64
    assert environment["packages"]["torch"]
    assert [row["epoch"] for row in rows(folder)] == [1, 2, 3, 3]
    assert "test/accuracy" in rows(folder)[-1]
    assert (tmp_path / "latest").resolve() == folder
    last = torch.load(folder / "checkpoints" / "last.pt", weights_only=True)
    assert set(last["model"]) == set(torch.load(folder / "checkpoints" / "best.pt", weights_only=True)["model"])


def test_a_trivial_task_is_learned(tmp_path):
    assert (
        trained(tmp_path / "run", "dataset.spread=0", "epochs=10", "model.widths=[64]")["metrics"]["final"][
            "test/accuracy"
        ]
        == 1
    )


def test_the_same_seed_gives_the_same_bits_and_another_one_does_not(tmp_path):
    def weights(name, *overrides):
        trained(tmp_path / name, *overrides)
        return torch.load(tmp_path / name / "checkpoints" / "last.pt", weights_only=True)["model"]

    first, again, other = weights("a"), weights("b"), weights("c", "seed=1")
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not all(torch.equal(first[key], other[key]) for key in first)


def test_accumulation_gives_the_same_model_but_for_rounding(tmp_path):
    metrics = [
        trained(tmp_path / str(parts), f"hardware.accumulate={parts}", "epochs=2")["metrics"]["final"]["train/loss"]
        for parts in (1, 3)
    ]
    assert metrics[0] == pytest.approx(metrics[1], rel=1e-5)


def test_a_part_that_fails_is_recorded_with_its_traceback(tmp_path, capsys):
    folder = tmp_path / "run"
    with pytest.raises(Exception, match="dropout probability"):
        trained(folder, "model.dropout=7")
    assert json.loads((folder / "summary.json").read_text())["status"] == "failed"
    assert "Traceback" in (folder / "log.txt").read_text()
    assert "Traceback" not in capsys.readouterr().err


def test_without_validation_samples_the_objective_has_to_be_another(tmp_path):
    with pytest.raises(ValueError, match="no sample is held out"):
        built(tmp_path / "run", "dataset.valid=0")
    assert trained(tmp_path / "other", "dataset.valid=0", "objective=train/loss")["objective"] == "train/loss"


def test_debug_limits_every_part(tmp_path):
    run = built(tmp_path / "run", "debug=smoke")
    assert [len(run.batches[part]) for part in ("train", "valid", "test")] == [1, 1, 1]


def test_a_folder_in_use_is_refused(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    with lock(folder), pytest.raises(Busy):
        trained(folder)
