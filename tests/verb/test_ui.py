"""The store's pages, from a real server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from runner.tracking.replay import Replay
from runner.verb.ui import main
from tests.faults.flaky import serving
from tests.tracking.conftest import make_run


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A server over a folder in which one run was tracked, and the run's id."""
    folder = tmp_path_factory.mktemp("ui")
    run = make_run(folder / "outputs" / "r", 5)
    replay = Replay(run, f"sqlite:///{folder}/outputs/mlflow.db", "mine", log_model=False)
    replay.finish()
    with serving(folder) as said:
        yield {**said, "run": replay.run_id, "folder": folder}


def ask(url: str, words: dict[str, Any] | None = None, **headers: str) -> tuple[int, str]:
    """Return the status and the text that a server answers."""
    data = None if words is None else json.dumps(words).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_it_shows_the_runs_of_the_folder_and_their_files(said: dict[str, Any]) -> None:
    assert said["url"].startswith("http://127.0.0.1:")
    assert said["store"] == f"sqlite:///{said['folder']}/outputs/mlflow.db"
    assert "<title>MLflow</title>" in ask(said["url"])[1]
    status, text = ask(f"{said['url']}/api/2.0/mlflow/runs/search", {"experiment_ids": ["1", "2"]})
    assert (status, [run["info"]["run_id"] for run in json.loads(text)["runs"]]) == (200, [said["run"]])
    status, text = ask(f"{said['url']}/get-artifact?run_id={said['run']}&path=config.yaml")
    assert (status, '"optimizer"' in text) == (200, True)


def test_it_answers_to_its_own_names_and_pages_only(said: dict[str, Any]) -> None:
    port = said["url"].rpartition(":")[2]
    search = f"{said['url']}/api/2.0/mlflow/experiments/search", {"max_results": 1}
    for host in ("127.0.0.1", f"127.0.0.1:{port}", f"localhost:{port}"):
        assert ask(*search, Host=host)[0] == 200
    for host in ("evil.example", "10.0.0.1", "192.168.1.1", f"evil.example:{port}"):  # MLflow's own: all private ones
        assert ask(*search, Host=host)[0] == 403
    assert ask(*search, Origin=said["url"])[0] == 200
    assert ask(*search, Origin="http://evil.example")[0] == 403
    assert json.loads(ask(f"{said['url']}/ajax-api/3.0/mlflow/ui-telemetry")[1])["disable_ui_telemetry"]


def test_it_is_one_process_and_listens_on_the_loopback_interface_alone(said: dict[str, Any]) -> None:
    import psutil

    process = psutil.Process(said["pid"])
    assert process.children(recursive=True) == []
    listening = [c.laddr for c in process.net_connections() if c.status == psutil.CONN_LISTEN]
    assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", int(said["url"].rpartition(":")[2]))]
    assert "mlflow.db" not in " ".join(process.cmdline()), "nor would a database's password be"


@pytest.mark.siege
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_taken_port_is_said_and_a_signal_ends_it(number: int, code: int, said: dict[str, Any]) -> None:
    port = int(said["url"].rpartition(":")[2])
    command = [sys.executable, "-m", "runner", "ui", "--port", str(port)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=said["folder"], stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    other = int(line.partition(" ")[0].rpartition(":")[2])
    assert port < other < port + 100
    assert line == f"http://127.0.0.1:{other} shows outputs/mlflow.db (Ctrl-C ends it)\n"
    assert f"port {port} is taken: using {other}\n" in errors
    assert process.returncode == code
    assert "Traceback" not in errors
    with closing(socket.socket()) as probe:
        assert probe.connect_ex(("127.0.0.1", other)) != 0


@pytest.mark.siege
def test_what_exposing_means_is_said(said: dict[str, Any]) -> None:
    command = [sys.executable, "-m", "runner", "ui", "--json", "--port", "0", "--host", "0.0.0.0", "--name", "our.host"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=said["folder"], stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        port = url.rpartition(":")[2]
        search = f"{url}/api/2.0/mlflow/experiments/search", {"max_results": 1}
        assert ask(*search, Host=f"our.host:{port}")[0] == ask(*search, Host=os.uname().nodename)[0] == 200
        assert ask(*search, Host="10.0.0.1")[0] == 403
        assert ask(*search, Origin=f"http://our.host:{port}")[0] == 200
        assert ask(*search, Origin="http://other.host")[0] == 403
        process.kill()
        errors = process.communicate(timeout=30)[1]
    assert f"whoever reaches 0.0.0.0:{port} can read, change and delete every run" in errors
    assert f"ssh -N -L {port}:127.0.0.1:{port}" in errors


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "there is no outputs/mlflow.db: go to the folder in which runs were started, or say --uri"),
        (["--uri", "sqlite:////nowhere/x.db"], "there is no /nowhere/x.db"),
        (["--uri", "mlruns"], "mlruns is no store: say sqlite:///FILE"),
        (["--uri", "postgresql://h/d", "--port", "70000"], "--port must be 0 to 65535, got 70000"),
        (["--uri", "postgresql://h/d", "--host", "203.0.113.1"], "--host 203.0.113.1 --port 5000: Cannot assign"),
    ],
)
def test_mistakes_are_told_at_once(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert main(words) == 2
    assert capsys.readouterr().err.startswith(f"error: {message}")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_there_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://me:s3cret@team.example")
    assert main([]) == 0
    assert capsys.readouterr().out == "https://me:***@team.example is a server already: open it in a browser\n"
