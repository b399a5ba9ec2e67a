"""Run folders made by hand, and stores to send them to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BEGUN = 1_800_000_000.0


def rows(count: int, every: int = 1) -> list[dict[str, Any]]:
    """Return rows as the record writes them: a step's loss and an epoch's row at the same step."""
    made: list[dict[str, Any]] = []
    for step in range(1, count + 1):
        at = {"time": BEGUN + step, "epoch": step // 10, "step": step}
        made.append({**at, "train/step_loss": 1 / step, "lr": 0.1})
        if step % 10 == 0:
            made.append({**at, "time": BEGUN + step + 0.5, "train/loss": 2 / step, "valid/accuracy": 0.5, "lr": 0.1})
    return made


def write_rows(folder: Path, added: list[dict[str, Any]], mode: str = "a") -> None:
    with open(folder / "metrics.jsonl", mode) as file:
        file.writelines(json.dumps(row) + "\n" for row in added)


def make_run(folder: Path, steps: int = 30, status: str | None = "finished", **config: Any) -> Path:
    """Write what a run leaves behind."""
    folder.mkdir(parents=True)
    tracked = {"_target_": "runner.callback.mlflow.MLflow", "uri": None, "experiment": "runner", "log_model": False}
    nodes = {"epochs": 3, "optimizer": {"lr": 0.1, "betas": [0.9, 0.99]}, "callback": {"mlflow": tracked}, **config}
    (folder / "config.yaml").write_text(json.dumps(nodes))
    (folder / "overrides.yaml").write_text("- epochs=3\n")
    data = {"name": "digits", "source": "sklearn", "fingerprint": "ab" * 32, "train": 10, "valid": 5, "test": 5}
    environment = {"git": {"commit": "c0ffee"}, "user": "someone", "data": data}
    (folder / "environment.json").write_text(json.dumps(environment))
    (folder / "log.txt").write_text("a line\n")
    write_rows(folder, rows(steps))
    if status:
        summary = {"id": folder.name, "status": status, "objective": "valid/accuracy", "value": 0.5}
        (folder / "summary.json").write_text(json.dumps(summary))
    return folder


def make_sweep(folder: Path, **said: Any) -> Path:
    """Write what a sweep says before its first trial."""
    (folder / "trials").mkdir(parents=True)
    described = {
        "name": folder.name,
        "space": {"optimizer.lr": "tag(log, interval(1e-4, 1e-1))"},
        "sampler": {"_target_": "runner.sweep.sampler.bayes.bayes"},
        "seed": 7,
        "seeds": 1,
        "trials": 4,
        "objectives": ["valid/accuracy"],
        "directions": ["maximize"],
        **said,
    }
    (folder / "sweep.yaml").write_text(json.dumps(described))
    return folder


def make_trial(sweep: Path, name: str, status: str | None, value: float | None = None, ended: float = 0.0) -> Path:
    """Write what a trial leaves behind; trials end in the order of their numbers unless told otherwise."""
    run = make_run(sweep / "trials" / name, 0, None)
    ended = ended or BEGUN + int(name.partition("-")[0])
    write_rows(run, [{"time": ended, "epoch": 1, "step": 1, "valid/accuracy": value or 0.1}])
    if status:
        end_trial(run, status, value)
    return run


def end_trial(run: Path, status: str, value: float | None = None) -> None:
    summary = {"id": run.name, "status": status, "objective": "valid/accuracy", "value": value}
    (run / "summary.json").write_text(json.dumps(summary))


def children(uri: str, sweep: Path) -> dict[str, Any]:
    """Return the runs of a sweep's trials in a store, by the names of their folders."""
    from mlflow import MlflowClient

    known = json.loads((sweep / "tracking.json").read_text())
    words = f"tags.`mlflow.parentRunId` = '{known['run_id']}'"
    found = MlflowClient(uri).search_runs([known["experiment_id"]], words)
    named = {run.data.tags["runner.id"].rpartition("/")[2]: run for run in found}
    assert len(named) == len(found)
    return named


def statuses(uri: str) -> dict[str, str]:
    """Return the status of every run of a store, by name."""
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    return {run.info.run_name: run.info.status for run in client.search_runs(ids)}


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stores of these tests are their own."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished run of 30 steps."""
    return make_run(tmp_path / "outputs" / "20270115-080000-abcdef")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty sqlite store: migrating a new one takes seconds, copying it none."""
    from runner.tracking.store import connect

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    connect(f"sqlite:///{path}", "runner")
    import sqlite3

    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM experiments WHERE name = 'runner'")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture
def uri(template: Path, tmp_path: Path) -> str:
    """The default sqlite store of the runs in ``tmp_path / "outputs"``."""
    (tmp_path / "outputs").mkdir(exist_ok=True)
    path = tmp_path / "outputs" / "mlflow.db"
    shutil.copy(template, path)
    return f"sqlite:///{path}"


def history(uri: str, run_id: str) -> dict[str, list[tuple[int, float]]]:
    """Return what a store has: key -> (step, value) in the order of steps."""
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    keys = client.get_run(run_id).data.metrics
    return {key: sorted((m.step, m.value) for m in client.get_metric_history(run_id, key)) for key in keys}


def expected(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Return what a folder has, the first of two values for a step."""
    found: dict[str, dict[int, float]] = {}
    for line in (folder / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        for key in row.keys() - {"time", "epoch", "step"}:
            found.setdefault(key, {}).setdefault(row["step"], row[key])
    return {key: sorted(values.items()) for key, values in found.items()}


@pytest.fixture
def sync(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start ``runner sync`` in a process; ended at the latest with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str, **variables: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
        command = [sys.executable, "-m", "runner.verb.sync", *words]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, cwd=tmp_path)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
