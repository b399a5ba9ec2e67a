import json

import pytest

from runner.beside import Beside
from runner.callback.prune import Prune
from runner.durable import read_json
from runner.train import train
from tests.support import config, outcome, same, trained


def trained_with(folder, judge, *overrides):
    folder.mkdir(parents=True, exist_ok=True)
    return train(config(*overrides), folder, list(overrides), Beside(judge=judge))


def test_it_tells_the_completed_epochs_and_the_objective(tmp_path):
    asked = []
    summary = trained_with(tmp_path / "run", lambda *words: asked.append(words))
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert asked == [(row["epoch"], row["valid/accuracy"]) for row in rows if "valid/accuracy" in row]
    assert [epoch for epoch, _ in asked] == [1, 2, 3]
    assert summary["status"] == "finished"


def test_a_run_that_is_given_up_is_pruned_and_not_tested(tmp_path):
    summary = trained_with(tmp_path / "run", lambda epoch, value: "by asha" if epoch == 2 else None)
    assert (summary["status"], summary["epochs"]) == ("pruned", 2)
    assert summary["reason"].startswith("pruned: by asha, valid/accuracy 0.")
    assert summary["reason"].endswith("after epoch 2")
    assert summary["value"] == max(summary["metrics"]["final"]["valid/accuracy"], summary["value"])
    assert not [name for name in summary["metrics"]["final"] if name.startswith("test/")]
    assert "test/accuracy" not in (tmp_path / "run" / "metrics.jsonl").read_text()


def test_who_resumes_it_trains_it_to_the_end_to_the_same_bits(tmp_path):
    words = ["callback.checkpoint.every_epochs=1"]
    trained_with(tmp_path / "pruned", lambda epoch, value: "by asha" if epoch == 2 else None, *words)
    assert trained(tmp_path / "pruned", *words)["status"] == "finished"
    trained(tmp_path / "whole", *words)
    assert same(outcome(tmp_path / "pruned"), outcome(tmp_path / "whole"))
    assert read_json(tmp_path / "pruned" / "summary.json")["reason"] == ""


class Fake:
    objective, epoch = "valid/loss", 4


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_not_told(value):
    run = Fake()
    run.metrics = {"valid/loss": value}
    assert Prune(lambda *words: pytest.fail(str(words))).epoch(run) is None


def test_it_is_called_after_the_run_is_saved_and_by_one_process():
    from runner.callback.checkpoint import Checkpoint

    assert Prune.rank > Checkpoint.rank
    assert Prune.main_only
