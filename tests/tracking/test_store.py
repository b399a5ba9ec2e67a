"""Real stores: new ones, ones that are away, and a server."""

from __future__ import annotations

import http.server
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from runner.durable import read_json
from runner.tracking import store
from runner.tracking.replay import Replay
from runner.verb.sync import main
from tests.tracking.conftest import expected, history, make_run, make_sweep, make_trial


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_store_is_beside_the_runs_unless_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "outputs" / "r"
    assert store.choose(None, run) == f"sqlite:///{tmp_path}/outputs/mlflow.db"
    assert store.choose(None, run / "trials" / "3") == f"sqlite:///{tmp_path}/outputs/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:word@host")
    assert store.choose(None, run) == "http://user:word@host"
    assert store.choose("http://user:***@host", run) == "http://user:word@host"
    assert store.choose("http://other", run) == "http://other"


@pytest.mark.siege
def test_three_first_runs_at_once(tmp_path: Path, sync: Callable[..., subprocess.Popen[bytes]]) -> None:
    runs = [make_run(tmp_path / "outputs" / name, 20) for name in "abc"]
    processes = [sync(str(run)) for run in runs]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()
    uri = f"sqlite:///{tmp_path}/outputs/mlflow.db"
    for run in runs:
        assert history(uri, read_json(run / "tracking.json")["run_id"]) == expected(run)


def test_a_dead_port_is_known_at_once(run: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(store.Unreachable, match=r"http://user:\*\*\*@127.0.0.1") as raised:
        Replay(run, f"http://user:word@127.0.0.1:{free_port()}", "mine").push()
    assert "word" not in str(raised.value)
    assert time.monotonic() - begun < 5


def test_a_server_that_never_answers_costs_the_timeout(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlflow  # noqa: F401  # takes its time too

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        begun = time.monotonic()
        with pytest.raises(store.Unreachable):
            Replay(run, f"http://127.0.0.1:{silent.getsockname()[1]}", "mine").push()
        assert time.monotonic() - begun < 5


def test_a_server_that_fails_is_one_line(run: Path) -> None:
    class Failing(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(500)

        do_POST = do_GET

        def log_message(self, *words: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(store.Unreachable, match="500"):
            Replay(run, f"http://127.0.0.1:{server.server_port}", "mine").push()
        server.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real tracking server; ready after about twenty seconds."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    words = ["server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    words += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "files")]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with open(folder / "log", "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            assert process.poll() is None, (folder / "log").read_text()
            try:
                urllib.request.urlopen(f"{url}/health", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        yield url
    finally:
        os.killpg(process.pid, 9)  # its workers too: the session is its own
        process.wait()


@pytest.mark.slow
def test_a_server_gets_everything_once(server: str, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    run = make_run(tmp_path / "outputs" / "r", 1200)
    with open(run / "metrics.jsonl", "a") as file:
        file.write('{"time": 1800009999.0, "epoch": 9, "step": 9999, "odd": NaN, "high": Infinity}\n')
    for _ in range(2):
        Replay(run, server, "mine").finish()
    known = read_json(run / "tracking.json")
    assert (known["uri"], known["complete"]) == (server, True)
    found = history(server, known["run_id"])
    wanted = expected(run)
    assert [step for step, _ in found.pop("odd")] == [step for step, _ in wanted.pop("odd")] == [9999]
    assert found.pop("high")[0][1] > 1e300
    wanted.pop("high")
    assert found == wanted
    client = MlflowClient(server)
    assert client.get_run(known["run_id"]).info.status == "FINISHED"
    assert "summary.json" in {f.path for f in client.list_artifacts(known["run_id"])}


@pytest.mark.siege
def test_machines_that_begin_at_once_share_one_run_of_a_server(
    server: str, tmp_path: Path, sync: Callable[..., subprocess.Popen[bytes]]
) -> None:
    from mlflow import MlflowClient

    sweeps = [make_sweep(tmp_path / name / "outputs" / "lr", trials=6) for name in "abc"]
    for number in range(6):
        make_trial(sweeps[number // 2], str(number), "finished", (0.1, 0.2, 0.9, 0.3, 0.4, 0.5)[number])
    for sweep in sweeps:
        (sweep / "tracking.json").write_text('{"key": "begun at once", "shared": true}')
    followers = [sync(str(sweep), "--follow", "--no-model", "--uri", server) for sweep in sweeps]
    for follower in followers:
        _, errors = follower.communicate(b"finish finished\n", timeout=120)
        assert follower.returncode == 0, errors.decode()

    client = MlflowClient(server)
    [experiment] = [e.experiment_id for e in client.search_experiments() if e.name == "runner"]
    parents = client.search_runs([experiment], "tags.`runner.study` = 'begun at once'")
    last = min(parents, key=lambda run: (run.info.start_time, run.info.run_id))
    assert {read_json(sweep / "tracking.json")["run_id"] for sweep in sweeps} <= {run.info.run_id for run in parents}
    for sweep in sweeps:  # each of them knows of its own trials only
        assert main([str(sweep), "--uri", server, "--no-model"]) == 0
    [parent] = client.search_runs([experiment], "tags.`runner.study` = 'begun at once'")
    assert (parent.info.run_id, parent.info.status) == (last.info.run_id, "FINISHED")
    found = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    assert sorted(run.data.tags["runner.trial"] for run in found) == ["0", "1", "2", "3", "4", "5"]
    assert {run.info.status for run in found} == {"FINISHED"}
    assert [run.data.tags["runner.trial"] for run in found if run.data.tags.get("runner.best") == "true"] == ["2"]
    assert parent.data.tags["runner.best_trial"] == "2"
