"""The process that sends, seen from the one that it works for."""

from __future__ import annotations

import importlib.util
import logging
import subprocess
import time
from pathlib import Path

import pytest

from runner.tracking.child import Child


def started(folder: Path, *command: str) -> Child:
    """Return a child that does something else than to follow."""
    folder.mkdir(parents=True)
    child = Child(folder)
    child.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    return child


@pytest.mark.parametrize(
    ("patience", "urgent", "said"), [(0.3, False, "took more than 0.3 s"), (60, True, "not waiting")]
)
def test_waiting_has_an_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, patience: float, urgent: bool, said: str
) -> None:
    child = started(tmp_path / "outputs" / "r", "sleep", "30")
    assert child.process is not None
    begun = time.monotonic()
    try:
        child.finish(patience, urgent=lambda: urgent and time.monotonic() > begun + 0.2)
        assert time.monotonic() - begun < 3
        assert said in caplog.text
        assert "runner sync r" in caplog.text
        assert (child.process.poll() is None) == urgent
    finally:
        child.process.kill()
        child.process.wait()


def test_a_long_wait_is_told_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.tracking.child.WORTH_A_WORD", 0.1)
    told: list[str] = []
    child = started(tmp_path / "outputs" / "r", "sleep", "0.5")
    with caplog.at_level(logging.INFO):
        child.finish(60, tell=told.append)
    assert told == ["waiting for the tracking store (callback.mlflow.patience=60) ..."]
    assert caplog.text.count("waiting for the tracking store, up to 60 s") == 1


@pytest.mark.parametrize(("word", "heard"), [("", b"finish\n"), ("interrupted", b"finish interrupted\n")])
def test_it_is_told_how_it_ended(tmp_path: Path, word: str, heard: bytes) -> None:
    child = started(tmp_path / "outputs" / "r", "cat")
    assert child.process is not None
    child.finish(60, word)
    assert child.process.stdout is not None
    assert child.process.stdout.read() == heard


def test_one_that_failed_is_told_about(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    started(tmp_path / "outputs" / "s" / "trials" / "3", "false").finish(60)
    assert "incomplete, see tracking.log; to complete it: runner sync s/trials/3" in caplog.text


def test_without_mlflow_there_is_a_word_and_no_process(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    child = Child(tmp_path / "outputs" / "r")
    assert not child.start()
    child.finish(60)
    assert "mlflow is not installed: this is recorded in r only" in caplog.text


def test_a_password_is_no_argument(tmp_path: Path) -> None:
    child = Child(tmp_path, "http://user:word@host", "mine", log_model=False, system_metrics=True)
    assert child.words == ["--experiment", "mine", "--no-model", "--system-metrics"]
    assert child.environment()["MLFLOW_TRACKING_URI"] == "http://user:word@host"
