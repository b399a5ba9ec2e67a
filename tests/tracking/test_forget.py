import json

import pytest

from runner.history.removal import consider, remove
from runner.notes import add
from runner.tracking.describe import written
from runner.tracking.forget import address, delete
from runner.tracking.replay import Replay
from tests.tracking.conftest import make_run


def test_where_the_entry_is(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder = tmp_path / "outputs" / "x"
    folder.mkdir(parents=True)
    (folder / "tracking.json").write_text(json.dumps({"uri": "http://server"}))
    assert address(folder) == "http://server"
    (folder / "tracking.json").write_text(json.dumps({"uri": "http://me:***@server"}))
    assert address(folder) == f"sqlite:///{tmp_path}/outputs/mlflow.db", "a masked password leads nowhere"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:you@server")
    assert address(folder) == "http://me:you@server"


def test_what_people_wrote_is_sent_with_it(tmp_path):
    assert written(tmp_path) == {}
    add(tmp_path, "", ["good", "old"])
    assert written(tmp_path) == {"runner.tags": "good old"}, "a description that was written in MLflow stays"
    add(tmp_path, "warm-up was short", untags=["good", "old"])
    assert written(tmp_path) == {"runner.tags": "", "mlflow.note.content": "warm-up was short"}


@pytest.mark.siege
def test_an_entry_with_its_notes_and_softly_deleted_with_its_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = make_run(tmp_path / "outputs" / "x")
    uri = f"sqlite:///{tmp_path}/outputs/mlflow.db"
    add(folder, "warm-up was short", ["good", "old"])
    replay = Replay(folder, uri, "runner", log_model=False)
    replay.finish()
    client, _ = replay.connection()
    tags = client.get_run(replay.run_id).data.tags
    assert (tags["mlflow.note.content"], tags["runner.tags"]) == ("warm-up was short", "good old")
    add(folder, "it was not")
    Replay(folder, uri, "runner", log_model=False).finish()
    assert client.get_run(replay.run_id).data.tags["mlflow.note.content"] == "warm-up was short\n\nit was not"
    doomed = consider(folder)
    gone = []
    remove(doomed, lambda: gone.append(delete(doomed.tracked())))
    assert gone == [1]
    assert client.get_run(replay.run_id).info.lifecycle_stage == "deleted"
    assert not folder.exists()
