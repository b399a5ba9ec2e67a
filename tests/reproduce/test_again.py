import pytest

from runner.durable import read_json, write_json
from runner.folder import lock
from runner.reproduce.again import impossible, prepared
from tests.reproduce import made
from tests.support import config, trained


def test_a_run_without_a_result_cannot_be_reproduced(tmp_path):
    trained(tmp_path)
    assert impossible(tmp_path) is None
    summary = read_json(tmp_path / "summary.json")
    for status in ("failed", "pruned", "infeasible", "interrupted"):
        write_json(tmp_path / "summary.json", {**summary, "status": status})
        assert f"{tmp_path.name} cannot be reproduced: " in impossible(tmp_path)
    write_json(tmp_path / "summary.json", summary)
    with lock(tmp_path):
        assert "still running" in impossible(tmp_path)
    (tmp_path / "metrics.jsonl").unlink()
    assert "has no record" in impossible(tmp_path)


def test_one_that_was_made_longer_cannot_but_one_that_was_resumed_can(tmp_path):
    made.interrupted(tmp_path / "a")
    trained(tmp_path / "a")
    assert impossible(tmp_path / "a") is None
    trained(tmp_path / "b", "epochs=1")
    trained(tmp_path / "b", "epochs=2")
    assert "resumed with epochs=2 instead of 1" in impossible(tmp_path / "b")


def test_threads_are_those_that_there_were_and_nobody_is_told(tmp_path):
    cfg = config("callback=[record,mlflow,progress]")
    again = prepared(cfg, {"threads": 3}, track=False, quiet=True)
    assert again.hardware.threads == 3
    assert list(again.callback) == ["record"]
    assert list(prepared(cfg, {}, track=True, quiet=False).callback) == list(cfg.callback)
    assert cfg.hardware.threads is None
    cfg.hardware.threads = 2
    assert prepared(cfg, {"threads": 3}, track=False, quiet=True).hardware.threads == 2


def test_a_secret_that_was_masked_is_missed():
    cfg = config("+dataset.token='***'")
    with pytest.raises(ValueError, match=r"dataset\.token: a secret"):
        prepared(cfg, {}, track=False, quiet=True)
