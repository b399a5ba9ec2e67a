"""A search and its process that sends."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from runner.durable import read_json
from runner.folder import lock
from runner.sweep.tracked import TARGET, Tracked
from tests.tracking.conftest import end_trial, make_sweep, make_trial, statuses
from tests.tracking.conftest import template as template
from tests.tracking.conftest import uri as uri

NODE: dict[str, Any] = {"_target_": TARGET, "uri": None, "experiment": "mine", "log_model": False, "patience": 60}


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.mark.parametrize("node", [None, {"_target_": "mine.Tracking"}])
def test_what_is_not_tracked_costs_nothing(tmp_path: Path, node: dict[str, Any] | None) -> None:
    sweep = make_sweep(tmp_path / "outputs" / "s")
    tracked = Tracked(sweep, node)
    tracked.start()
    tracked.finish()
    assert [path.name for path in sweep.iterdir() if path.name.startswith("tracking")] == []


def test_without_mlflow_there_is_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    tracked = Tracked(make_sweep(tmp_path / "outputs" / "s"), NODE)
    tracked.start()
    tracked.finish()
    assert "mlflow is not installed: this is recorded in s only" in caplog.text


def test_what_is_in_force_is_noted_without_passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, Any]] = []

    class Started:
        def __init__(self, command: list[str], **more: Any) -> None:
            started.append({"command": command, **more})

    monkeypatch.setattr(subprocess, "Popen", Started)
    sweep = make_sweep(tmp_path / "outputs" / "s")
    tracked = Tracked(sweep, {**NODE, "uri": "http://user:word@host"}, key="k", facts={"trials": 9})
    tracked.start()
    assert read_json(sweep / "tracking.json") == {
        "complete": False,
        "closed": True,
        "settings": {"uri": "http://user:***@host", "experiment": "mine", "log_model": False, "system_metrics": False},
        "facts": {"trials": 9},
        "key": "k",
        "shared": True,
    }
    [call] = started
    assert "word" not in " ".join(call["command"])
    assert call["env"]["MLFLOW_TRACKING_URI"] == "http://user:word@host"
    before = {**read_json(sweep / "tracking.json"), "run_id": "r", "closed": False}
    (sweep / "tracking.json").write_text(json.dumps(before))
    Tracked(sweep, NODE).start()  # the search goes on: it is still the same run, with its key
    again = read_json(sweep / "tracking.json")
    assert (again["run_id"], again["key"], again["settings"]["uri"]) == ("r", "k", None)


@pytest.mark.siege
def test_a_search_is_tracked_from_its_first_trial_to_its_results(tmp_path: Path, uri: str) -> None:
    sweep = make_sweep(tmp_path / "outputs" / "s")
    tracked = Tracked(sweep, NODE, facts={"trials": 2})
    with lock(sweep):
        begun = time.monotonic()
        tracked.start()
        assert time.monotonic() - begun < 0.5
        runs = [make_trial(sweep, name, None) for name in ("0", "1")]
        with lock(runs[0]), lock(runs[1]):
            end = time.monotonic() + 60
            while list(statuses(uri).values()) != ["RUNNING"] * 3:
                assert time.monotonic() < end, (sweep / "tracking.log").read_text()
                time.sleep(0.1)
            for run, value in zip(runs, (0.4, 0.6), strict=True):
                end_trial(run, "finished", value)
        (sweep / "results.csv").write_text("number,state,value\n0,COMPLETE,0.4\n1,COMPLETE,0.6\n")
        tracked.finish("finished")
    assert statuses(uri) == {"s": "FINISHED", "s/trials/0": "FINISHED", "s/trials/1": "FINISHED"}
    known = read_json(sweep / "tracking.json")
    assert (known["complete"], known["closed"], known["status"]) == (True, True, "finished")
