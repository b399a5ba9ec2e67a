import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.durable import read_json
from runner.folder import lock
from runner.tracking import describe
from runner.tracking.entry import Entry
from runner.tracking.replay import Replay
from runner.tracking.store import Unreachable
from tests.tracking.conftest import BEGUN, expected, history, make_run, rows, write_rows


def test_a_run_arrives_whole(run: Path, uri: str) -> None:
    from mlflow import MlflowClient

    Replay(run, uri, "mine").finish()
    tracking = read_json(run / "tracking.json")
    assert tracking == {
        "uri": uri,
        "experiment": "mine",
        "experiment_id": tracking["experiment_id"],
        "run_id": tracking["run_id"],
        "complete": True,
        "closed": True,
        "seen": describe.seen(run),
    }
    client = MlflowClient(uri)
    found = client.get_run(tracking["run_id"])
    assert found.info.status == "FINISHED"
    assert found.info.run_name == found.data.tags["runner.id"] == run.name
    assert found.data.tags["mlflow.source.git.commit"] == "c0ffee"
    assert found.data.tags["status"] == "finished"
    assert found.data.params["optimizer.lr"] == "0.1"
    assert found.data.params["optimizer.betas"] == "[0.9, 0.99]"
    assert history(uri, found.info.run_id) == expected(run)
    first = client.get_metric_history(found.info.run_id, "train/step_loss")[0]
    assert first.timestamp == (BEGUN + first.step) * 1000
    [used] = found.inputs.dataset_inputs
    assert (used.dataset.name, used.dataset.digest) == ("digits", "ab" * 8)
    names = {f.path for f in client.list_artifacts(found.info.run_id)}
    assert names == {"config.yaml", "overrides.yaml", "environment.json", "summary.json", "log.txt"}
    assert (run.parent / "mlartifacts" / "mine").is_dir()
    assert read_json(run / "summary.json")["mlflow_run_id"] == found.info.run_id


def test_twice_is_once(run: Path, uri: str) -> None:
    from mlflow import MlflowClient

    for _ in range(2):
        Replay(run, uri, "mine").finish()
    (run / "tracking.json").unlink()  # as after a kill between creating the run and writing it down
    Replay(run, uri, "mine").finish()
    client = MlflowClient(uri)
    [found] = client.search_runs([client.get_experiment_by_name("mine").experiment_id])
    assert history(uri, found.info.run_id) == expected(run)
    assert len(found.inputs.dataset_inputs) == 1


def test_a_growing_file_and_a_resumed_run(tmp_path: Path, uri: str) -> None:
    from mlflow import MlflowClient

    run = make_run(tmp_path / "outputs" / "r", steps=15, status=None)
    replay = Replay(run, uri, "mine")
    with lock(run):
        assert replay.push() == 15 * 2 + 2
        assert replay.push() == 0
        write_rows(run, rows(20)[16:])
        assert replay.push() > 0
    replay.finish()
    client = MlflowClient(uri)
    assert client.get_run(replay.run_id).info.status == "KILLED"
    write_rows(run, rows(12), mode="w")  # cut back to a checkpoint
    config = json.loads((run / "config.yaml").read_text())
    (run / "config.yaml").write_text(json.dumps({**config, "epochs": 9}))
    again = Replay(run, uri, "mine")
    with lock(run):
        again.push()
        assert client.get_run(again.run_id).info.status == "RUNNING"
        assert read_json(run / "tracking.json")["complete"] is False
        write_rows(run, rows(40)[13:])
        again.push()
    (run / "summary.json").write_text('{"status": "stopped"}')
    again.finish()
    found = client.get_run(again.run_id)
    assert again.run_id == replay.run_id
    assert (found.info.status, found.data.params["epochs"], found.data.tags["param.epochs"]) == ("FINISHED", "3", "9")
    assert history(uri, again.run_id) == expected(run)


@pytest.mark.parametrize(
    ("status", "terminal"),
    [
        ("stopped", "FINISHED"),
        ("pruned", "FINISHED"),
        ("failed", "FAILED"),
        ("infeasible", "FAILED"),
        ("interrupted", "KILLED"),
        (None, "KILLED"),
    ],
)
def test_the_end_of_a_run_is_the_end_in_the_store(tmp_path: Path, uri: str, status: str, terminal: str) -> None:
    from mlflow import MlflowClient

    replay = Replay(make_run(tmp_path / "outputs" / "r", 1, status), uri, "mine")
    replay.finish()
    assert MlflowClient(uri).get_run(replay.run_id).info.status == terminal


def test_values_and_names_that_mlflow_does_not_take(run: Path, uri: str) -> None:
    from mlflow import MlflowClient

    at = {"time": BEGUN, "epoch": 9, "step": 99}
    write_rows(run, [{**at, "acc@1": float("inf"), "loss": float("nan"), "low": float("-inf")}])
    replay = Replay(run, uri, "mine")
    replay.finish()
    data = MlflowClient(uri).get_run(replay.run_id).data
    assert data.tags["nonfinite"] == "acc_1=inf at step 99; loss=nan at step 99; low=-inf at step 99"
    assert data.metrics["loss"] != data.metrics["loss"]
    assert data.metrics["acc_1"] > 1e300


def test_trials_of_two_sweeps_are_two_runs(tmp_path: Path, uri: str) -> None:
    replays = [Replay(make_run(tmp_path / "outputs" / s / "trials" / "0", 1), uri, "mine") for s in ("a", "b")]
    for replay in replays:
        replay.finish()
    assert len({replay.run_id for replay in replays}) == 2


def test_a_folder_with_a_quote_in_its_name(tmp_path: Path, uri: str) -> None:
    run = make_run(tmp_path / "it's" / "r", 1)
    replays = [Replay(run, uri, "mine") for _ in range(2)]
    for replay in replays:
        replay.finish()
        (run / "tracking.json").unlink()
    assert replays[0].run_id == replays[1].run_id


def test_more_points_than_one_request_takes(tmp_path: Path, uri: str) -> None:
    run = make_run(tmp_path / "outputs" / "r", 2600)
    replay = Replay(run, uri, "mine")
    begun = time.monotonic()
    replay.finish()
    assert time.monotonic() - begun < 60
    assert history(uri, replay.run_id) == expected(run)


@pytest.mark.slow
def test_killed_in_the_middle_and_repeated(tmp_path: Path, uri: str, sync: Callable[..., object]) -> None:
    import sqlite3

    run = make_run(tmp_path / "outputs" / "r", 6000)
    killed = sync(str(run))
    while True:  # until some points are there, but not all
        with sqlite3.connect(uri.removeprefix("sqlite:///")) as connection:
            count = connection.execute("SELECT count(*) FROM metrics").fetchone()[0]
        if count:
            break
        assert killed.poll() is None
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    assert not read_json(run / "tracking.json")["complete"]
    Replay(run, uri, "runner").finish()
    assert count < sum(map(len, expected(run).values()))
    assert history(uri, read_json(run / "tracking.json")["run_id"]) == expected(run)


def test_a_store_that_cannot_be_written_is_one_line(run: Path) -> None:
    with pytest.raises(Unreachable) as raised:
        Replay(run, "sqlite:////proc/none/mlflow.db", "mine").push()
    assert "\n" not in str(raised.value)


def test_a_broken_schema_is_one_line(run: Path, tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("not a database, " * 100)
    with pytest.raises(Unreachable, match="not a database"):
        Replay(run, f"sqlite:///{tmp_path}/mlflow.db", "mine").push()


def test_what_the_run_adds_to_its_summary_while_it_is_sent_stays(run: Path, uri: str) -> None:
    class Slow(Replay):
        def send_best(self, entry: Entry, best: Path) -> None:
            super().send_best(entry, best)
            path = self.folder / "summary.json"
            path.write_text(json.dumps({**read_json(path), "seconds": {"tracking": 2.0}}))

    (run / "checkpoints").mkdir()
    (run / "checkpoints" / "best.pt").write_bytes(b"weights")
    Slow(run, uri, "mine", log_model=False).finish()
    summary = read_json(run / "summary.json")
    assert summary["seconds"] == {"tracking": 2.0}
    assert summary["mlflow_run_id"] == read_json(run / "tracking.json")["run_id"]
    assert summary["status"] == "finished"
    assert read_json(run / "tracking.json")["seen"] == []  # what was added is not there
    Replay(run, uri, "mine", log_model=False).finish()
    assert read_json(run / "tracking.json")["seen"] == describe.seen(run)
