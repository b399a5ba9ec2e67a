"""A registered model comes back by its alias, from the store that the run is in."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
import torch

from runner.export.registry import register
from runner.inference.saved import Saved
from runner.tracking.replay import Replay
from runner.tracking.store import Unreachable, connect


@pytest.fixture(autouse=True)
def _no_store_named(monkeypatch):
    """MLflow names its store in a variable, for this process and those that come after."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")


def copied(folder, tmp_path):
    run = tmp_path / "outputs" / "run"
    shutil.copytree(folder, run)
    return run


def files(tmp_path, text):
    (tmp_path / "README.md").write_text(text)
    return [tmp_path / "README.md"]


def comes_back(run, uri):
    """Hold the champion against the run's own model."""
    import mlflow

    mlflow.set_tracking_uri(uri)
    inputs = torch.randn(3, 1, 8, 8)
    theirs = mlflow.pytorch.load_model("models:/classifier@champion")
    torch.testing.assert_close(theirs(inputs), Saved(run).model()(inputs))


@pytest.mark.slow
def test_in_a_store_of_its_own(folder, tmp_path):
    run = copied(folder, tmp_path)
    with pytest.raises(ValueError, match="run is in no tracking store: runner sync run sends it there"):
        register(run, "classifier", "champion")
    uri = f"sqlite:///{tmp_path / 'outputs' / 'mlflow.db'}"
    Replay(run, uri, "runner", False).finish()  # without its model
    first = register(run, "classifier", "champion", files(tmp_path, "# The card"))
    assert (first.version, first.uri) == ("1", "models:/classifier@champion")
    assert register(run, "classifier", None, files(tmp_path, "# Another")).uri == "models:/classifier/1"
    comes_back(run, uri)
    client, _ = connect(uri, "runner")
    version = client.get_model_version_by_alias("classifier", "champion")
    run_id = json.loads((run / "tracking.json").read_text())["run_id"]
    assert (version.run_id, version.description) == (run_id, "# Another")
    assert [one.path for one in client.list_artifacts(run_id, "export")] == ["export/README.md"]
    with pytest.raises(ValueError, match="--register a/b: "):
        register(run, "a/b", None)
    client.delete_run(run_id)
    with pytest.raises(ValueError, match="no longer has run: runner sync sends it again"):
        register(run, "classifier", None)


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


@pytest.fixture
def server(tmp_path):
    """A real tracking server, ended with the test."""
    address, place = f"http://127.0.0.1:{free_port()}", tmp_path / "server"
    place.mkdir()
    words = ["server", "--backend-store-uri", f"sqlite:///{place}/store.db", "--artifacts-destination", str(place)]
    words += ["--serve-artifacts", "--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--workers", "1"]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    with open(place / "log.txt", "w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        while True:
            assert process.poll() is None, (place / "log.txt").read_text()
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.5)
        yield address
    finally:
        os.killpg(process.pid, 15)
        process.wait()


@pytest.mark.siege
def test_in_a_server(folder, tmp_path, server):
    run = copied(folder, tmp_path)
    Replay(run, server, "runner", True).finish()
    first = register(run, "classifier", "champion", files(tmp_path, "# The card"))
    assert (first.version, first.store) == ("1", server)
    assert register(run, "classifier", "challenger").version == "1"  # the same model is the same version
    comes_back(run, server)


@pytest.mark.siege
def test_a_store_that_does_not_answer(folder, tmp_path):
    run = copied(folder, tmp_path)
    noted = {"run_id": "0" * 32, "uri": f"http://127.0.0.1:{free_port()}", "experiment_id": "1"}
    (run / "tracking.json").write_text(json.dumps(noted))
    with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:"):
        register(run, "classifier", None)
