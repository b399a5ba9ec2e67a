import json

import pytest
import torch

from runner.callback.later import Later
from runner.callback.record import Record
from runner.loop import fit
from tests.support import built, trained


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


class Promise(Later):
    """A number that comes when it is told to."""

    def __init__(self, value):
        self.value, self.come, self.waited = value, False, False

    def ready(self):
        return self.come

    def read(self):
        self.waited = self.waited or not self.come
        return self.value


@pytest.fixture
def run(tmp_path):
    run = built(tmp_path / "run", "callback=[record]")
    run.callbacks["record"].start(run)
    yield run
    run.callbacks["record"].lines.close()


def test_rows_keep_their_order_and_moment_while_numbers_are_on_their_way(run, monkeypatch):
    monkeypatch.setattr("runner.callback.record.Later", Promise)
    record, first, second = run.callbacks["record"], Promise(1.0), Promise(2.0)
    run.step = 50
    record.write(run, {"train/step_loss": first, "lr": 0.1})
    run.step = 100
    record.write(run, {"train/step_loss": second, "lr": 0.2})
    record.write(run, {"valid/loss": 3.0})
    assert rows(run.folder) == []
    second.come = True
    run.step = 101
    record.step(run)
    assert rows(run.folder) == []
    first.come = True
    record.step(run)
    assert [(row["step"], row.get("train/step_loss"), row.get("lr")) for row in rows(run.folder)] == [
        (50, 1.0, 0.1),
        (100, 2.0, 0.2),
        (100, None, None),
    ]
    assert not first.waited
    assert not second.waited
    assert record.latest == {**rows(run.folder)[1], **rows(run.folder)[2]}


def test_a_checkpoint_waits_for_the_rows_that_it_counts(run, monkeypatch):
    monkeypatch.setattr("runner.callback.record.Later", Promise)
    record, late = run.callbacks["record"], Promise(1.0)
    record.write(run, {"train/step_loss": late})
    offset = record.state_dict()["offset"]
    assert late.waited
    assert offset == (run.folder / "metrics.jsonl").stat().st_size > 0


def test_what_a_dead_device_did_not_send_is_lost_without_another_error(run, monkeypatch):
    class Dead(Promise):
        def read(self):
            raise RuntimeError("CUDA error: device-side assert triggered")

    monkeypatch.setattr("runner.callback.record.Later", Dead)
    record = run.callbacks["record"]
    record.write(run, {"before": 1.0})
    record.write(run, {"train/step_loss": Dead(1.0)})
    record.close(run)
    assert [set(row) for row in rows(run.folder)] == [{"time", "epoch", "step", "before"}]
    assert json.loads((run.folder / "summary.json").read_text())["status"] == "failed"


def test_the_end_says_where_the_time_went_and_what_to_change(tmp_path):
    summary = trained(tmp_path / "run", "callback.checkpoint.every_epochs=1")
    assert "% of the time was spent" in summary["bottleneck"]
    assert "device_seconds" not in summary


def test_what_a_device_told_is_written_beside_the_wall_clock_and_survives_a_resume(run):
    record, clock = run.callbacks["record"], run.hardware.clock
    clock.seconds |= {"forward": 1.0, "backward": 9.0}
    clock.device = {"forward": 6.0, "data": 4.0}
    state = record.state_dict()
    clock.lap("other")
    times = record.times(run)
    assert times["device_seconds"] == {"forward": 6.0, "data": 4.0}
    assert "waiting for data" in times["bottleneck"]  # the device's word counts
    record.load_state_dict(state)
    assert record.times(run)["device_seconds"] == {"forward": 12.0, "data": 8.0}
    record.load_state_dict({"offset": 0, "seconds": {}})  # of an older checkpoint


def test_amending_changes_the_times_alone(tmp_path):
    folder = tmp_path / "run"
    run = built(folder)
    fit(run)
    path = folder / "summary.json"
    before = json.loads(path.read_text())
    path.write_text(json.dumps({**before, "mlflow_run_id": "abc"}))
    run.hardware.clock.seconds["tracking"] = 1000.0
    run.callbacks["record"].amend(run)
    after = json.loads(path.read_text())
    assert after["seconds"]["tracking"] == 1000.0
    assert after["seconds"]["total"] == pytest.approx(before["seconds"]["total"] + 1000.0, abs=1)
    assert "waiting for the tracking store" in after["bottleneck"]
    same = set(before) - {"seconds", "bottleneck"}
    assert {key: after[key] for key in same} == {key: before[key] for key in same} | {"mlflow_run_id": "abc"}


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu_the_row_of_a_step_waits_for_nothing(tmp_path):
    run = built(tmp_path / "run", "callback=[record]", "hardware=gpu")
    record = run.callbacks["record"]
    assert isinstance(record, Record)
    record.start(run)
    run.loss, run.step = torch.ones((), device="cuda"), 50
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        record.step(run)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    record.close(run)
    assert rows(run.folder)[0]["train/step_loss"] == 1.0
