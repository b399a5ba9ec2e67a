from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from runner.folder import lock
from runner.tracking.claim import claimed
from runner.tracking.store import connect
from runner.trust import ledger
from runner.verb.sync import main, settings
from tests.tracking.conftest import children, make_run, make_sweep, make_trial


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store")
    connect(f"sqlite:///{path}/mlflow.db", "unused")
    return path


@pytest.fixture(autouse=True)
def runs(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(template, tmp_path / "outputs")
    for name in ("one", "two"):
        make_run(tmp_path / "outputs" / name, 5)
    return tmp_path / "outputs"


def test_one_and_then_all(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["one"]) == 0
    assert capsys.readouterr().out.startswith(f"one  complete  sqlite:///{runs}/mlflow.db  ")
    assert main(["--all", "--json"]) == 0
    lines = json.loads(capsys.readouterr().out)
    assert [(line["run"], line["complete"], line["error"]) for line in lines] == [
        ("one", True, None),
        ("two", True, None),
    ]
    with lock(runs / "two"):
        assert main(["two"]) == 0
    assert "up to date, the run goes on" in capsys.readouterr().out


def test_a_sweep_and_its_trials(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep = make_sweep(runs / "search")
    for name in ("0", "1"):
        make_trial(sweep, name, "finished", 0.5)
    assert main(["search/trials/0"]) == 0  # before its sweep is there
    assert capsys.readouterr().out.startswith("search/trials/0  complete  ")
    assert main(["sea"]) == 0
    assert capsys.readouterr().out.startswith(f"search  complete  sqlite:///{runs}/mlflow.db  ")
    found = children(f"sqlite:///{runs}/mlflow.db", sweep)
    assert sorted(found) == ["0", "1"]
    assert main(["--all", "--json"]) == 0
    assert [line["run"] for line in json.loads(capsys.readouterr().out)] == ["one", "search", "two"]
    with claimed(sweep, wait=False):
        assert main(["search/trials/1"]) == 1  # its sweep's process sends it
    assert "another process is sending it" in capsys.readouterr().err
    with lock(sweep):
        assert main(["search"]) == 0
    assert "up to date, the sweep goes on" in capsys.readouterr().out


def test_a_beginning_of_several(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_sweep(runs / "other")
    assert main(["o"]) == 2
    assert "'o' begins several: other, one" in capsys.readouterr().err


def test_a_sweep_is_sent_to_where_its_process_sent_it(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep = make_sweep(runs / "search")
    run = make_trial(sweep, "0", "finished", 0.5)
    store = f"sqlite:///{runs}/mlflow.db"
    wanted = {"uri": store, "experiment": "theirs", "log_model": False, "system_metrics": False}
    (sweep / "tracking.json").write_text(json.dumps({"settings": wanted, "facts": {"trials": 1}}))
    assert settings(sweep) == settings(run) == wanted
    assert main(["search"]) == 0
    known = json.loads((sweep / "tracking.json").read_text())
    assert (known["experiment"], known["settings"]) == ("theirs", wanted)
    assert (known["complete"], known["closed"], known["status"]) == (True, True, "finished")
    capsys.readouterr()


def test_a_run_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["three"]) == 2
    assert capsys.readouterr().err.startswith("error: no run 'three'")


@pytest.mark.parametrize("words", [[], ["one", "--all"]])
def test_a_run_or_all(words: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)


def test_a_store_that_is_away(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["one", "--uri", "http://127.0.0.1:9"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("error: one: http://127.0.0.1:9: ")
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_settings_are_the_runs_own(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = {"mlflow": {"uri": "${oc.env:MY_STORE}", "experiment": "mine"}}
    run = make_run(runs / "three", 1, callback=node)
    ledger.note("three", (run / "config.yaml").read_text())
    assert settings(run) == {"uri": None, "experiment": "mine"}
    monkeypatch.setenv("MY_STORE", "http://there")
    assert settings(run) == {"uri": "http://there", "experiment": "mine"}
    assert settings(make_run(runs / "four", 1, callback={})) == {}
