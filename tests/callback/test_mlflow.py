"""A real training beside a real store."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runner.callback import mlflow
from runner.callback.mlflow import MLflow
from runner.callback.progress import Progress
from runner.callback.record import Record
from runner.hardware.clock import Clock
from runner.hardware.processes import Alone
from runner.interrupt import Interrupt
from runner.tracking.child import Child
from tests.support import built

ROOT = Path(__file__).parents[2]
TRAIN = (
    f"CONF = {str(ROOT / 'conf')!r}"
    + """
import sys, json
from pathlib import Path
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from runner.train import train
OmegaConf.register_new_resolver("runner.id", lambda: "x")
folder, *overrides = sys.argv[1:]
with initialize_config_dir(CONF, version_base="1.3"):
    cfg = compose("config", overrides=overrides)
Path(folder).mkdir(parents=True)
train(cfg, Path(folder), overrides)
assert "mlflow" not in sys.modules
"""
)


def fake(folder: Path) -> Any:
    """The part of a run that this callback looks at."""
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("epochs: 1\n")
    (folder / "environment.json").write_text("{}")
    hardware = SimpleNamespace(clock=Clock(), group=Alone())
    return SimpleNamespace(folder=folder, interrupt=Interrupt(), hardware=hardware, callbacks={}, status="finished")


@pytest.mark.slow
def test_a_training_is_tracked(tmp_path: Path) -> None:
    folder = tmp_path / "outputs" / "r"
    words = [str(folder), "dataset=digits", "model=mlp", "hardware=cpu", "epochs=2", "~callback.progress"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    environment.pop("MLFLOW_TRACKING_URI", None)
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, *words], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    tracking = json.loads((folder / "tracking.json").read_text())
    assert tracking["complete"], (folder / "tracking.log").read_text()
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["mlflow_run_id"] == tracking["run_id"]
    assert summary["seconds"]["tracking"] > 0
    assert summary["seconds"]["total"] == pytest.approx(
        sum(value for part, value in summary["seconds"].items() if part != "total"), abs=0.05
    )
    assert {path.name for path in tmp_path.iterdir()} == {"outputs"}  # no mlruns/ of MLflow's own

    import mlflow as library

    client = library.MlflowClient(tracking["uri"])
    run = client.get_run(tracking["run_id"])
    assert run.info.status == "FINISHED"
    assert run.data.metrics["valid/accuracy"] == pytest.approx(summary["metrics"]["final"]["valid/accuracy"])
    assert run.data.tags["status"] == "finished"
    library.set_tracking_uri(tracking["uri"])
    assert library.pytorch.load_model(f"runs:/{run.info.run_id}/model") is not None


@pytest.mark.slow
def test_a_store_that_is_away_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = fake(tmp_path / "outputs" / "r")
    callback = MLflow(uri="http://user:word@127.0.0.1:9", log_model=False)
    begun = time.monotonic()
    callback.start(run)
    assert time.monotonic() - begun < 0.5
    assert callback.child is not None
    assert callback.child.process is not None
    assert b"word" not in Path(f"/proc/{callback.child.process.pid}/cmdline").read_bytes()
    callback.close(run)
    assert "runner sync r" in caplog.text
    assert "word" not in (run.folder / "tracking.log").read_text()


class Sleeping(Child):
    """Something that takes its time to finish."""

    def start(self) -> bool:
        self.process = subprocess.Popen(["sleep", "30"], stdin=subprocess.PIPE)
        return True


@pytest.mark.parametrize(("patience", "signum", "said"), [(0.3, 0, "took more than 0.3 s"), (60, 2, "not waiting")])
def test_waiting_has_an_end(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    patience: float,
    signum: int,
    said: str,
) -> None:
    monkeypatch.setattr(mlflow, "Child", Sleeping)
    run = fake(tmp_path / "outputs" / "r")
    callback = MLflow(patience=patience)
    callback.start(run)
    assert callback.child is not None
    assert callback.child.process is not None
    reads = iter((0, 0, *[signum] * 1000))

    class Signalled:
        signum = property(lambda self: next(reads))

    run.interrupt = Signalled()
    begun = time.monotonic()
    try:
        callback.close(run)
        assert time.monotonic() - begun < 3
        assert said in caplog.text
        assert "runner sync r" in caplog.text
        assert (callback.child.process.poll() is None) == bool(signum)
    finally:
        callback.child.process.kill()
        callback.child.process.wait()


def test_the_wait_is_in_the_summary_that_was_already_written(tmp_path: Path) -> None:
    run = built(tmp_path / "outputs" / "r", "callback=[record]")
    callback, record = MLflow(), run.callbacks["record"]
    assert isinstance(record, Record)
    record.start(run)
    record.close(run)
    callback.child = Child(run.folder)
    callback.child.process = subprocess.Popen(["sleep", "0.3"], stdin=subprocess.PIPE)
    callback.close(run)
    seconds = json.loads((run.folder / "summary.json").read_text())["seconds"]
    assert 0.2 < seconds["tracking"] < 3


def test_without_mlflow_there_is_a_word_and_no_child(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    callback = MLflow()
    run = fake(tmp_path / "outputs" / "r")
    with caplog.at_level(logging.WARNING):
        callback.start(run)
        callback.close(run)
    assert callback.child is None
    assert "mlflow is not installed" in caplog.text


def test_a_wait_at_the_end_is_told_once_where_the_progress_is(capsys: pytest.CaptureFixture[str]) -> None:
    words = "waiting for the tracking store (callback.mlflow.patience=120) ..."
    for callbacks, said in (({"record": Record(), "progress": Progress()}, f"{words}\n"), ({"record": Record()}, "")):
        mlflow.tell(SimpleNamespace(callbacks=callbacks), words)  # type: ignore[arg-type]
        assert capsys.readouterr().out == said
