"""``runner doctor``: a line for everything, and no traceback whatever it finds."""

import json
import os

import pytest

from runner.folder import OUTPUTS
from runner.verb import _looks, doctor

LOOKS = ["python", "torch", "device", "processes", "disk", "tracking", "runs", "data", "extras", "code"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("RUNNER_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.mark.slow
def test_it_looks_at_everything_and_two_real_processes_add_up(cli, here):
    done = cli("doctor", "--json")
    found = json.loads(done.stdout)
    assert done.stderr == ""
    assert list(found) == LOOKS
    assert all(set(entry) == {"state", "text"} for entry in found.values())
    assert done.returncode == int(any(entry["state"] == "!!" for entry in found.values()))
    assert found["torch"]["state"] == "ok"
    assert "gloo: 2 processes agree on a sum" in found["processes"]["text"]
    assert [path.name for path in here.iterdir()] == [], "it has only looked"


def test_quick_lines_for_people(capsys):
    assert doctor.main(["--quick"]) == 0
    text = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("    ")]
    assert [line.split()[1] for line in text] == LOOKS
    assert [line.split()[0] for line in text if line.split()[1] in ("python", "torch", "data")] == ["ok"] * 3
    assert "--  processes not looked at (--quick)" in text


def test_devices_have_memory():
    state, text = _looks.device()
    assert state in ("ok", "--")
    assert "GB" in text
    assert "CPU thread" in text


def test_what_cannot_be_looked_at_is_a_finding(here, capsys):
    run = here / OUTPUTS / "one"
    run.mkdir(parents=True)
    (run / "config.yaml").touch()
    (run / "summary.json").write_text("{not json")
    (here / OUTPUTS / "mlflow.db").write_bytes(b"no database" * 100)
    assert doctor.main(["--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["runs"]["state"] == found["tracking"]["state"] == "--"
    assert found["runs"]["text"].startswith("cannot be looked at: ValueError")
    assert "cannot be read: file is not a database" in found["tracking"]["text"]


def test_a_folder_that_cannot_be_written_stops_a_training(monkeypatch, capsys):
    monkeypatch.setattr("os.access", lambda *_: False)
    assert doctor.main(["--quick"]) == 1
    assert "!!  disk" in capsys.readouterr().out


def test_a_disk_that_takes_no_files_stops_a_training(monkeypatch):
    if not os.path.isdir("/proc/self"):
        pytest.skip("needs a folder that refuses files")
    monkeypatch.setattr(_looks, "OUTPUTS", _looks.Path("/proc/self"))
    state, text = _looks.disk()
    assert state == "!!"
    assert "cannot be written" in text or "not writable" in text


def test_stores(here, monkeypatch):
    assert "made by the first run" in _looks.tracking()[1]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{here / 'mine.db'}")
    assert "mine.db (made by the first run)" in _looks.tracking()[1]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    state, text = _looks.tracking()
    assert state == "--", "a run goes on without it"
    assert "me:***@127.0.0.1:1 cannot be reached" in text
    assert "secret" not in text
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://me:secret@db/mlflow")
    assert _looks.tracking()[1].endswith("postgresql://me:***@db/mlflow")


def test_datasets_by_where_they_come_from(here):
    state, text = _looks.data()
    assert state == "ok"
    parts = dict(part.split(": ", 1) for part in text.split(" · "))
    assert {"digits", "noise", "wine", "text"} <= set(parts["embedded"].split())
    assert {"cifar10", "cifar100", "mnist", "svhn"} <= set(parts[f"downloaded to {here / 'data'} on first use"].split())
    assert "csv (dataset.path)" in parts["your files"]
    (here / "data" / "cifar-10-batches-py").mkdir(parents=True)
    assert f"cifar10 ({here / 'data'})" in _looks.data()[1]


def test_processes_that_cannot_add_up_leave_one_to_train_in(monkeypatch):
    monkeypatch.setattr("runner.machine.together.sys.executable", "/bin/false")
    state, text = _looks.processes()
    assert state == "--"
    assert "cannot add up (process" in text


def test_extras_that_are_missing_say_what_for(monkeypatch):
    monkeypatch.setitem(_looks.EXTRAS, "no_such_package", "nothing")
    state, text = _looks.extras()
    assert state == "ok"
    assert "no_such_package (nothing)" in text.partition("not here: ")[2]
    assert "sklearn" in text.partition("not here: ")[0]
