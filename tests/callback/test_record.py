import json

from tests.support import trained


def rows(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_rows_of_steps_and_epochs(tmp_path):
    trained(tmp_path / "run", "callback.record.every_steps=2")
    steps = [(row["epoch"], row["step"]) for row in rows(tmp_path / "run") if "train/step_loss" in row]
    assert steps == [(0, 2), (0, 4), (1, 6), (1, 8), (2, 10), (2, 12)]
    epochs = [row for row in rows(tmp_path / "run") if "train/loss" in row]
    assert [row["step"] for row in epochs] == [4, 8, 12]
    assert all(row["seconds"] > 0 and row["lr"] > 0 for row in epochs)


def test_steps_can_be_left_out(tmp_path):
    trained(tmp_path / "run", "callback.record.every_steps=null")
    assert not [row for row in rows(tmp_path / "run") if "train/step_loss" in row]


def test_the_record_is_kept_even_if_no_callback_is_configured(tmp_path):
    summary = trained(tmp_path / "run", "callback=[]")
    assert summary["status"] == "finished"
    assert summary["checkpoint"] is None
    assert len(rows(tmp_path / "run")) == 4
