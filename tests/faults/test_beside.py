"""Whole runs beside stores that are away, hang, fail, are slow, lose answers or are locked: nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from runner.durable import read_json
from runner.verb.sync import main as sync
from tests.faults.flaky import FILES, ROOT, Road, check, free_port, locked
from tests.faults.flaky import road as road
from tests.faults.flaky import server as server
from tests.support import IGNORED, TINY, trained
from tests.tracking.conftest import template as template
from tests.tracking.conftest import uri as uri


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


class Training:
    """``runner`` in a process of its own, stopped after its first epoch until ``go``."""

    WORDS = (*TINY, "callback=[record,checkpoint,mlflow]", "callback.mlflow.log_model=false")

    def __init__(self, folder: Path, *words: str, pause: bool = True) -> None:
        self.folder = folder
        waits = ["+callback.pause._target_=tests.faults.pause.Pause", f"+callback.pause.folder={folder}"]
        command = [sys.executable, "-m", "runner", *self.WORDS, *(waits if pause else []), *words]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        with open(folder / "said", "ab") as said:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + 120
        while not condition():
            assert self.process.poll() is None, (self.folder / "said").read_text()
            assert time.monotonic() < end
            time.sleep(0.05)

    def finish(self) -> Path:
        """Let it go on, and return the run's folder."""
        self.until((self.folder / "here").exists) if not (self.folder / "go").exists() else None
        (self.folder / "go").touch()
        code = self.process.wait(180)
        assert code == 0, (self.folder / "said").read_text()
        return (self.folder / "outputs" / "latest").resolve()


@pytest.fixture(scope="module")
def untracked(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the same training writes down without tracking."""
    folder = tmp_path_factory.mktemp("untracked") / "r"
    trained(folder, "callback=[record,checkpoint]")
    return rows(folder)


def rows(run: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in row.items() if key not in IGNORED} for row in lines]


def complete(training: Training, run: Path, url: str, untracked: list[dict[str, Any]], promise: bool = True) -> None:
    """See that a run lacks nothing, that it said what to do, and that this completes the record, exactly once."""
    assert rows(run) == untracked
    assert read_json(run / "summary.json")["status"] == "finished"
    if promise:
        assert f"runner sync {run.name}" in (training.folder / "said").read_text()
        assert not read_json(run / "tracking.json").get("complete")
    for _ in range(2):
        assert sync([str(run), "--uri", url]) == 0
        check(url, run, FILES - {"log.txt"})


FAULTS: dict[str, Callable[[int], str]] = {
    "a server that hangs": lambda number: "hang",
    "a server that fails": lambda number: "500",
    "a server that takes two seconds": lambda number: "2",
    "a server that loses answers": lambda number: "lose" if number % 4 == 3 else "",
    "a server that hangs from its fifth request on": lambda number: "hang" if number >= 4 else "",
}


@pytest.mark.siege
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_run_beside(fault: Callable[[int], str], road: Road, tmp_path: Path, untracked: list[dict[str, Any]]) -> None:
    road.fault = fault
    training = Training(tmp_path, f"callback.mlflow.uri={road.url}", "callback.mlflow.patience=1")
    training.until(lambda: len(road.requests) > 0)
    run = training.finish()
    road.fault = lambda number: ""
    complete(
        training, run, road.url, untracked, promise="3" not in map(str, map(fault, range(1))) and fault(3) != "lose"
    )


@pytest.mark.siege
def test_a_run_beside_a_server_that_is_not_there_yet(
    server: str, tmp_path: Path, untracked: list[dict[str, Any]]
) -> None:
    port = free_port()
    training = Training(tmp_path, f"callback.mlflow.uri=http://127.0.0.1:{port}", "callback.mlflow.patience=10")
    run = training.finish()
    with closing(Road(server, port)) as road:
        complete(training, run, road.url, untracked)


@pytest.mark.siege
def test_a_run_beside_a_server_that_dies(server: str, tmp_path: Path, untracked: list[dict[str, Any]]) -> None:
    with closing(Road(server)) as road:
        words = [f"callback.mlflow.uri={road.url}", "callback.mlflow.patience=10"]
        training = Training(tmp_path, *words)
        training.until(lambda: any("log-batch" in request for request in road.requests))
    run = training.finish()
    with closing(Road(server, int(road.url.rpartition(":")[2]))) as again:
        complete(training, run, again.url, untracked)


@pytest.mark.siege
def test_a_run_beside_a_server_that_comes_back_needs_nobody(
    server: str, tmp_path: Path, untracked: list[dict[str, Any]]
) -> None:
    port = free_port()
    training = Training(tmp_path, f"callback.mlflow.uri=http://127.0.0.1:{port}", "callback.mlflow.patience=60")
    log = tmp_path / "outputs" / "latest" / "tracking.log"
    training.until(lambda: log.exists() and "this is tried again" in log.read_text())
    with closing(Road(server, port)) as road:
        training.until(lambda: any("log-batch" in request for request in road.requests))
        run = training.finish()
        assert "runner sync" not in (tmp_path / "said").read_text()
        assert read_json(run / "tracking.json")["complete"]
        complete(training, run, road.url, untracked, promise=False)


@pytest.mark.siege
def test_a_run_beside_a_locked_sqlite_store(uri: str, tmp_path: Path, untracked: list[dict[str, Any]]) -> None:
    with locked(uri):
        training = Training(tmp_path, "callback.mlflow.patience=1")
        run = training.finish()
    complete(training, run, uri, untracked)


@pytest.mark.siege
def test_first_runs_at_once_make_one_store(tmp_path: Path, untracked: list[dict[str, Any]]) -> None:
    trainings = [Training(tmp_path, pause=False) for _ in range(2)]
    for training in trainings:
        assert training.process.wait(180) == 0, (tmp_path / "said").read_text()
    runs = [
        path for path in (tmp_path / "outputs").iterdir() if (path / "config.yaml").exists() and not path.is_symlink()
    ]
    assert len(runs) == 2
    for run in runs:
        assert rows(run) == untracked
        check(f"sqlite:///{tmp_path}/outputs/mlflow.db", run, FILES - {"log.txt"})
