"""A real MLflow server, and a road to it that can be blocked in every way that networks and servers know."""

from __future__ import annotations

import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from runner.durable import read_json

ROOT = Path(__file__).parents[2]
FILES = {"config.yaml", "overrides.yaml", "environment.json", "summary.json", "log.txt"}


@contextmanager
def serving(folder: Path, **variables: str) -> Iterator[dict[str, Any]]:
    """Run ``runner ui`` over a new store in a folder; yield what it says of itself."""
    from runner.tracking.store import connect

    (folder / "outputs").mkdir(parents=True, exist_ok=True)
    path = folder / "outputs" / "mlflow.db"
    if not path.exists():
        connect(f"sqlite:///{path}", "unused")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    environment.pop("MLFLOW_TRACKING_URI", None)
    with open(folder / "said", "wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "runner", "ui", "--json", "--port", "0"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (folder / "said").read_text()
        yield json.loads(line)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server, for all tests of a file."""
    with serving(tmp_path_factory.mktemp("server")) as said:
        yield said["url"]


class Road:
    """What lies between a client and the server. ``fault`` is asked for every request, with its number, from 0.

    ``""`` lets it pass. ``500``: the server fails; ``hang``: nobody answers; ``lose``: the server does what it is
    asked, and the answer is lost; ``cut``: half of the answer comes; ``reset``: the connection breaks before the
    server has heard anything; a number: the answer takes so many seconds.
    """

    def __init__(self, server: str, port: int = 0) -> None:
        self.server = server.removeprefix("http://")
        self.fault: Callable[[int], str] = lambda number: ""
        self.requests: list[str] = []
        self.ended = threading.Event()
        road, self.lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                with road.lock:
                    number = len(road.requests)
                    road.requests.append(f"{self.command} {self.path}")
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                road.answer(self, body, "reset" if road.ended.is_set() else road.fault(number))

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *words: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass

        self.listener = Server(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.listener.server_port}"
        self.thread = threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def answer(self, asked: BaseHTTPRequestHandler, body: bytes, fault: str) -> None:
        if fault == "hang":
            self.ended.wait(120)
        if fault in ("hang", "reset"):
            return self.drop(asked)
        if fault == "500":
            return asked.send_error(500)
        if fault.replace(".", "").isdigit():
            self.ended.wait(float(fault))
        with closing(http.client.HTTPConnection(self.server, timeout=60)) as onward:
            headers = {name: value for name, value in asked.headers.items() if name.lower() != "host"}
            onward.request(asked.command, asked.path, body, headers)
            came = onward.getresponse()
            content = came.read()
        if fault == "lose":
            return self.drop(asked)
        asked.send_response(came.status)
        for name, value in came.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(content)))
        asked.end_headers()
        asked.wfile.write(content[: len(content) // 2] if fault == "cut" else content)
        return self.drop(asked) if fault == "cut" else None

    @staticmethod
    def drop(asked: BaseHTTPRequestHandler) -> None:
        asked.close_connection = True
        with suppress(OSError):
            asked.wfile.flush()
            asked.connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Be no more: whoever asks now is refused."""
        self.ended.set()
        self.listener.shutdown()
        self.thread.join()
        self.listener.server_close()


@pytest.fixture
def road(server: str) -> Iterator[Road]:
    """A road to the server, without faults so far."""
    made = Road(server)
    yield made
    made.close()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def record(uri: str, folder: Path) -> dict[str, Any]:
    """Return all that a store has of a run's folder, wherever it is said to be; there must be one such run alone."""
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    [run] = client.search_runs(experiments, f"tags.`runner.folder` = '{folder}'", run_view_type=3)
    points = {
        key: sorted((m.step, m.value, m.timestamp) for m in client.get_metric_history(run.info.run_id, key))
        for key in run.data.metrics
    }
    files = {file.path for file in client.list_artifacts(run.info.run_id)}
    return {
        "status": run.info.status,
        "params": run.data.params,
        "tags": run.data.tags,
        "points": points,
        "files": files,
    }


def promised(folder: Path) -> dict[str, list[tuple[int, float, int]]]:
    """Return the points that a store has to have of a folder: the first of two values for a step, with its time."""
    found: dict[str, dict[int, tuple[int, float, int]]] = {}
    for line in (folder / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        for key in row.keys() - {"time", "epoch", "step"}:
            point = (row["step"], float(row[key]), int(row["time"] * 1000))
            found.setdefault(key, {}).setdefault(row["step"], point)
    return {key: sorted(points.values()) for key, points in found.items()}


def check(url: str, run: Path, files: set[str] = FILES) -> None:
    """See that a store has all of a finished run, once."""
    found = record(url, run)
    assert found["points"] == promised(run)
    assert found["status"] == "FINISHED"
    assert found["files"] >= files
    assert found["params"]["epochs"] == "3"
    assert found["tags"]["status"] == "finished"
    assert read_json(run / "tracking.json")["complete"]


@contextmanager
def locked(uri: str) -> Iterator[None]:
    """Hold a sqlite store as a writer does that never ends."""
    with closing(sqlite3.connect(uri.removeprefix("sqlite:///"), isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        yield
