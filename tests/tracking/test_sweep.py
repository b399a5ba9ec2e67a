"""A sweep's folder and a real store."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from runner.durable import read_json
from runner.folder import lock
from runner.tracking import runs
from runner.tracking import sweep as sweeps
from runner.tracking.replay import Replay
from runner.tracking.sweep import SweepReplay
from tests.tracking.conftest import BEGUN, children, end_trial, history, make_sweep, make_trial, statuses, write_rows


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests write is whole, and there is nobody whom it could be too much for."""
    monkeypatch.setattr(runs, "SETTLED", 0.0)
    monkeypatch.setattr(sweeps, "SHARED_TICK", 0.0)


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    return make_sweep(tmp_path / "outputs" / "lr")


def replay(sweep: Path, uri: str, **more: Any) -> SweepReplay:
    return SweepReplay(sweep, uri, "mine", **more)


def best_of(uri: str, sweep: Path) -> list[str]:
    return [name for name, run in children(uri, sweep).items() if run.data.tags.get("runner.best") == "true"]


def write_results(sweep: Path, rows: list[str], head: str = "number,state,value,seconds,epochs,run") -> None:
    """Write the table of all trials, after the last of them has ended."""
    (sweep / "results.csv").write_text("\n".join([head, *rows]) + "\n")
    os.utime(sweep / "results.csv", (BEGUN + 1000, BEGUN + 1000))


def test_a_sweep_arrives_whole(sweep: Path, uri: str) -> None:
    from mlflow import MlflowClient

    ends = ["finished", "stopped", "pruned", "failed", "infeasible", "interrupted", None]
    for number, end in enumerate(ends):
        make_trial(sweep, str(number), end, 0.5 + number / 10 if number < 3 else None)
    for name in ("results.csv", "best.yaml", "report.html"):
        (sweep / name).write_text("number,state\n" if name == "results.csv" else "text")
    replay(sweep, uri).finish()

    client, known = MlflowClient(uri), read_json(sweep / "tracking.json")
    parent = client.get_run(known["run_id"])
    assert (known["complete"], known["closed"]) == (True, True)
    assert parent.info.run_name == "lr"
    tags, params = parent.data.tags, parent.data.params
    assert (tags["runner.kind"], tags["runner.sweep"]) == ("sweep", "lr")
    assert params["space.optimizer.lr"] == "tag(log, interval(1e-4, 1e-1))"
    assert params["sampler._target_"] == "runner.sweep.sampler.bayes.bayes"
    assert (params["trials"], params["seed"], params["objectives"]) == ("4", "7", '["valid/accuracy"]')
    found = {name: (run.info.status, run.data.tags["status"]) for name, run in children(uri, sweep).items()}
    assert found == {
        "0": ("FINISHED", "finished"),
        "1": ("FINISHED", "stopped"),
        "2": ("FINISHED", "pruned"),
        "3": ("FAILED", "failed"),
        "4": ("FAILED", "infeasible"),
        "5": ("KILLED", "interrupted"),
        "6": ("KILLED", "killed"),
    }
    assert best_of(uri, sweep) == ["1"]
    best = children(uri, sweep)["1"]
    assert (best.data.tags["runner.kind"], best.data.tags["runner.trial"]) == ("trial", "1")
    assert tags["runner.best_run"] == best.info.run_id
    assert (tags["runner.best_trial"], tags["runner.best_value"]) == ("1", "0.6")
    assert history(uri, known["run_id"]) == {
        "best/valid/accuracy": [(1, 0.5), (2, 0.6), (3, 0.6), (4, 0.6), (5, 0.6)],
        "trials/complete": [(1, 1), (2, 2), (3, 2), (4, 2), (5, 2)],
        "trials/pruned": [(1, 0), (2, 0), (3, 1), (4, 1), (5, 1)],
        "trials/failed": [(1, 0), (2, 0), (3, 0), (4, 1), (5, 1)],
        "trials/infeasible": [(1, 0), (2, 0), (3, 0), (4, 0), (5, 1)],
    }
    files = {file.path for file in client.list_artifacts(known["run_id"])}
    assert files == {"sweep.yaml", "results.csv", "best.yaml", "report.html"}


def test_twice_is_once_and_the_second_time_asks_for_no_trial(
    sweep: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        make_trial(sweep, str(number), "finished", 0.5)
    replay(sweep, uri).finish()
    before = statuses(uri)

    def never(*arguments: object) -> None:
        raise AssertionError("a trial was opened")

    with monkeypatch.context() as patch:
        patch.setattr(Replay, "open", never)
        again = replay(sweep, uri)
        again.finish()
        again.push()
    assert statuses(uri) == before
    assert before.pop("lr") == "FINISHED"  # as many as there were to be have ended
    assert set(before.values()) == {"FINISHED"}


def test_the_best_is_marked_as_the_sweep_goes_on(sweep: Path, uri: str) -> None:
    from mlflow import MlflowClient

    following = replay(sweep, uri, live=True)
    make_trial(sweep, "0", "finished", 0.5)
    following.push()
    assert best_of(uri, sweep) == ["0"]
    make_trial(sweep, "1", "finished", 0.9)
    make_trial(sweep, "2", "finished", 0.7)
    following.push()
    assert best_of(uri, sweep) == ["1"]
    known = read_json(sweep / "tracking.json")
    assert MlflowClient(uri).get_run(known["run_id"]).info.status == "RUNNING"
    assert not known["closed"]
    make_trial(sweep, "3", "finished", 0.8)
    following.end = "finished"
    following.finish()
    assert best_of(uri, sweep) == ["1"]
    assert set(statuses(uri).values()) == {"FINISHED"}
    assert MlflowClient(uri).get_run(known["run_id"]).data.tags["status"] == "finished"


def test_less_may_be_better(tmp_path: Path, uri: str) -> None:
    sweep = make_sweep(tmp_path / "outputs" / "loss", directions=["minimize"])
    for number, value in enumerate([0.5, 0.2, 0.9]):
        make_trial(sweep, str(number), "finished", value)
    replay(sweep, uri).finish()
    assert best_of(uri, sweep) == ["1"]
    found = history(uri, read_json(sweep / "tracking.json")["run_id"])
    assert found["best/valid/accuracy"] == [(1, 0.5), (2, 0.2), (3, 0.2)]


def test_a_resumed_trial_is_the_same_run(sweep: Path, uri: str) -> None:
    following = replay(sweep, uri, live=True)
    run = make_trial(sweep, "0", "interrupted")
    following.push()
    assert children(uri, sweep)["0"].info.status == "KILLED"
    following.end = "interrupted"
    following.finish()
    assert set(statuses(uri).values()) == {"KILLED"}
    for later in (following, replay(sweep, uri, live=True)):  # in the same process, and in another one
        (run / "summary.json").unlink(missing_ok=True)
        (run / "environment.json").write_text("{}")
        time.sleep(0.01)
        with lock(run):
            later.push()
            assert {run.info.status for run in children(uri, sweep).values()} == {"RUNNING"}
        end_trial(run, "finished", 0.4)
        later.end = "finished"
        later.finish()
        assert {name: run.info.status for name, run in children(uri, sweep).items()} == {"0": "FINISHED"}
    assert set(statuses(uri).values()) == {"FINISHED"}


def test_nothing_stays_running_after_a_kill(sweep: Path, uri: str) -> None:
    make_trial(sweep, "0", "finished", 0.5)
    runs = [make_trial(sweep, name, None) for name in ("1", "2")]
    following = replay(sweep, uri, live=True)
    with lock(runs[0]), lock(runs[1]):
        following.push()
        assert sorted(statuses(uri).values()) == ["FINISHED", "RUNNING", "RUNNING", "RUNNING"]
    (runs[1] / "tracking.json").unlink()  # killed between creating the run and writing it down
    replay(sweep, uri).finish()
    found = statuses(uri)
    assert (found["lr"], found["lr/trials/0"]) == ("KILLED", "FINISHED")
    assert (found["lr/trials/1"], found["lr/trials/2"]) == ("KILLED", "KILLED")
    assert len(found) == 4


def test_a_trial_whose_folder_is_gone_does_not_stay_running(sweep: Path, uri: str) -> None:
    run = make_trial(sweep, "0", None)
    with lock(run):
        replay(sweep, uri, live=True).push()
    shutil.rmtree(run)
    replay(sweep, uri).finish()
    assert statuses(uri) == {"lr": "KILLED", "lr/trials/0": "KILLED"}


def test_a_trial_between_two_workers_is_not_killed_at_once(
    sweep: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_trial(sweep, "0", None)
    following = replay(sweep, uri, live=True)
    with lock(run):
        following.push()
    following.push()
    assert children(uri, sweep)["0"].info.status == "RUNNING"
    monkeypatch.setattr(runs, "PATIENCE", 0.0)
    following.push()
    assert children(uri, sweep)["0"].info.status == "KILLED"


def test_a_summary_to_which_something_may_be_added_can_wait(
    sweep: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "SETTLED", 60.0)
    run = make_trial(sweep, "0", "failed")
    following = replay(sweep, uri, live=True)
    following.push()
    assert children(uri, sweep) == {}
    os.utime(run / "summary.json", (time.time() - 61, time.time() - 61))
    following.push()
    assert children(uri, sweep)["0"].data.tags["status"] == "failed"
    end_trial(run, "infeasible")  # what its worker died of was found out later
    following.finish()
    assert children(uri, sweep)["0"].data.tags["status"] == "infeasible"


def test_a_trial_that_goes_on_keeps_its_sweep_open(sweep: Path, uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "LINGERING", 0.1)
    run = make_trial(sweep, "0", None)
    following = replay(sweep, uri, live=True)
    with lock(run):
        following.push()
        following.finish()
        assert set(statuses(uri).values()) == {"RUNNING"}
        assert not read_json(sweep / "tracking.json")["closed"]
    following.finish()
    assert set(statuses(uri).values()) == {"KILLED"}


def test_a_lock_that_outlives_a_killed_trial_is_waited_for(sweep: Path, uri: str) -> None:
    run = make_trial(sweep, "0", None)
    with contextlib.ExitStack() as stack:
        stack.enter_context(lock(run))  # by a loader process, which has not noticed yet
        replay(sweep, uri, live=True).push()
        threading.Timer(0.5, stack.pop_all().close).start()
        replay(sweep, uri).finish()
    assert set(statuses(uri).values()) == {"KILLED"}


def test_a_run_that_was_created_twice_does_not_stay_running(sweep: Path, uri: str) -> None:
    from mlflow import MlflowClient

    run = make_trial(sweep, "0", None)
    with lock(run):
        replay(sweep, uri, live=True).push()
    found, client = children(uri, sweep)["0"], MlflowClient(uri)
    other = client.create_run(found.info.experiment_id, tags=found.data.tags)  # the first answer came too late
    end_trial(run, "finished", 0.5)
    replay(sweep, uri).finish()
    assert client.get_run(found.info.run_id).info.status == "FINISHED"
    assert client.get_run(other.info.run_id).info.status == "KILLED"
    assert statuses(uri)["lr"] == "KILLED"


def test_a_new_sweep_in_the_place_of_an_old_one_is_another_run(sweep: Path, uri: str) -> None:
    make_trial(sweep, "0", "finished", 0.5)
    replay(sweep, uri).finish()
    first = read_json(sweep / "tracking.json")["run_id"]
    shutil.rmtree(sweep)
    make_trial(make_sweep(sweep), "0", "finished", 0.1)
    replay(sweep, uri).finish()
    assert read_json(sweep / "tracking.json")["run_id"] != first
    assert children(uri, sweep)["0"].data.tags["value"] == "0.1"


def test_another_store_gets_everything(sweep: Path, uri: str, tmp_path: Path) -> None:
    shutil.copy(uri.removeprefix("sqlite:///"), tmp_path / "other.db")
    for number in range(2):
        make_trial(sweep, str(number), "finished", 0.5)
    for where in (uri, f"sqlite:///{tmp_path}/other.db"):
        replay(sweep, where).finish()
        assert len(children(where, sweep)) == 2


def test_what_the_results_say_of_trials_that_say_nothing(sweep: Path, uri: str) -> None:
    for number, value in enumerate([0.5, 0.6]):
        make_trial(sweep, str(number), "finished", value)
    for name in ("2", "3"):
        make_trial(sweep, name, None)
    rows = ["0,COMPLETE,0.5,1,1,trials/0", "1,COMPLETE,0.6,1,1,trials/1", "2,FAIL,,,,trials/2", "3,PRUNED,,,,trials/3"]
    write_results(sweep, rows)
    replay(sweep, uri).finish()
    found = {name: (run.info.status, run.data.tags["status"]) for name, run in children(uri, sweep).items()}
    assert found["2"] == ("FAILED", "failed")  # it took too long
    assert found["3"] == ("FAILED", "infeasible")  # it took too much memory
    assert statuses(uri)["lr"] == "FINISHED"


def test_the_confirmed_best_is_the_one_that_is_marked(sweep: Path, uri: str) -> None:
    for number, value in enumerate([0.9, 0.8, 0.85]):
        make_trial(sweep, str(number), "finished", value)
    make_trial(sweep, "1-seed1", "finished", 0.95)
    head = "number,state,value,confirmed,confirmed_sd,confirmed_n,seconds,epochs,run"
    rows = ["0,COMPLETE,0.9,,,,1,1,trials/0", "1,COMPLETE,0.8,0.83,0.1,5,1,1,trials/1"]
    write_results(sweep, [*rows, "2,COMPLETE,0.85,0.82,0.1,5,1,1,trials/2"], head)
    replay(sweep, uri).finish()
    assert best_of(uri, sweep) == ["1"]
    assert children(uri, sweep)["1"].data.tags["runner.best_value"] == "0.83"
    assert children(uri, sweep)["1-seed1"].data.tags["runner.trial_seed"] == "1"


def test_only_the_best_sends_its_weights(sweep: Path, uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow import MlflowClient

    from runner.tracking import model

    logged: list[str] = []
    monkeypatch.setattr(model, "log_best", lambda folder, client, run_id: logged.append(folder.name) or True)
    for number, value in enumerate([0.5, 0.7, 0.6]):
        run = make_trial(sweep, str(number), "finished", value)
        (run / "checkpoints").mkdir()
        (run / "checkpoints" / "best.pt").write_bytes(b"weights")
    put_off = replay(sweep, uri)
    put_off.finish(complete=False)
    known = read_json(sweep / "tracking.json")
    assert (known["complete"], known["closed"], logged) == (False, True, [])
    for _ in range(2):
        replay(sweep, uri).finish()
    assert logged == ["1"]
    assert read_json(sweep / "tracking.json")["complete"]
    client = MlflowClient(uri)
    having = [n for n, r in children(uri, sweep).items() if client.list_artifacts(r.info.run_id, "checkpoints")]
    assert having == ["1"]


def test_a_trial_that_cannot_be_read_costs_only_itself(sweep: Path, uri: str, caplog: pytest.LogCaptureFixture) -> None:
    bad = make_trial(sweep, "0", "finished", 0.9)
    make_trial(sweep, "1", "finished", 0.5)
    (bad / "environment.json").write_text("{")
    following = replay(sweep, uri, live=True)
    for _ in range(3):
        following.push()
    assert caplog.text.count("lr/trials/0 is not sent") == 1
    assert list(children(uri, sweep)) == ["1"]


def test_a_store_that_is_away_loses_nothing(sweep: Path, uri: str) -> None:
    from runner.tracking.store import Unreachable

    run = make_trial(sweep, "0", None)
    following = replay(sweep, uri, live=True)
    with lock(run):
        following.push()
        write_rows(run, [{"time": 1.8e9, "epoch": 2, "step": 2, "valid/accuracy": 0.3}])
        real = following.runs.open["0"].entry
        assert real is not None

        class Gone:
            def __getattr__(self, name: str) -> Any:
                raise OSError("no route")

        real.client = Gone()
        with pytest.raises(Unreachable, match="no route"):
            following.push()
        assert following.push() == 1
    end_trial(run, "finished", 0.3)
    following.finish()
    run_id = children(uri, sweep)["0"].info.run_id
    assert history(uri, run_id)["valid/accuracy"] == [(1, 0.1), (2, 0.3)]


def share(folder: Path, key: str = "study 1") -> Path:
    (folder / "tracking.json").write_text(json.dumps({"key": key, "shared": True, "closed": True}))
    return folder


def test_machines_that_share_a_study_share_the_run(tmp_path: Path, uri: str) -> None:
    here, there = (share(make_sweep(tmp_path / name / "outputs" / "lr")) for name in ("a", "b"))
    one, two = replay(here, uri, live=True), replay(there, uri, live=True)
    one.push()
    two.push()
    assert one.parent.run_id == two.parent.run_id
    make_trial(here, "0", "finished", 0.9)
    make_trial(there, "1", "finished", 0.8)
    lost = make_trial(there, "2", None)
    with lock(lost):
        one.push()
        two.push()
        assert best_of(uri, here) == ["0"]
        one.end = "finished"
        one.finish()
        assert statuses(uri)["lr"] == "RUNNING"  # the other one works still
    before = children(uri, here)["2"].info
    assert before.status == "RUNNING"
    make_trial(here, "2", "finished", 0.95)  # it is dead, and its trial is done here
    again = replay(here, uri, live=True)
    again.end = "finished"
    again.finish()
    found = children(uri, here)
    assert {name: run.info.status for name, run in found.items()} == dict.fromkeys("012", "FINISHED")
    assert found["2"].info.run_id == before.run_id
    assert best_of(uri, here) == ["2"]
    assert set(statuses(uri).values()) == {"FINISHED"}


def test_the_best_of_another_machine_is_marked(tmp_path: Path, uri: str) -> None:
    here, there = (share(make_sweep(tmp_path / name / "outputs" / "lr")) for name in ("a", "b"))
    make_trial(there, "0", "finished", 0.6)
    make_trial(there, "1", "finished", 0.7)
    replay(there, uri).finish()
    make_trial(here, "2", "finished", 0.65)
    write_results(here, [f"{n},COMPLETE,{v},1,1,trials/{n}" for n, v in enumerate([0.6, 0.7, 0.65])])
    replay(here, uri).finish()
    assert best_of(uri, here) == ["1"]
    found = history(uri, read_json(here / "tracking.json")["run_id"])
    assert found["trials/complete"][-1] == (3, 3)


@pytest.mark.parametrize("over", [False, True])  # before the end is told, and when all is over
def test_of_two_runs_created_at_once_the_older_one_counts(tmp_path: Path, uri: str, over: bool) -> None:
    from mlflow import MlflowClient

    here = share(make_sweep(tmp_path / "a" / "outputs" / "lr"))
    make_trial(here, "0", "finished", 0.9)
    one = replay(here, uri, live=True)
    one.push()
    if over:
        one.finish()
        one = replay(here, uri)
    client, known = MlflowClient(uri), read_json(here / "tracking.json")
    tags = {"runner.kind": "sweep", "runner.study": "study 1", "runner.host": "there"}
    other = client.create_run(known["experiment_id"], 1000, tags, "lr")
    one.end = "finished"
    one.finish()
    assert read_json(here / "tracking.json")["run_id"] == other.info.run_id
    assert list(children(uri, here)) == ["0"]
    assert client.get_run(known["run_id"]).info.lifecycle_stage == "deleted"
    assert client.get_run(other.info.run_id).info.status == "FINISHED"
    assert history(uri, other.info.run_id)["best/valid/accuracy"] == [(1, 0.9)]
    assert best_of(uri, here) == ["0"]
    assert client.get_run(other.info.run_id).data.params["seed"] == "7"


def test_a_run_that_its_own_machine_gave_up_is_given_up_here_too(tmp_path: Path, uri: str) -> None:
    from mlflow import MlflowClient

    from runner.tracking.store import Unreachable

    here = share(make_sweep(tmp_path / "a" / "outputs" / "lr"))
    make_trial(here, "0", "finished", 0.9)
    one = replay(here, uri, live=True)
    one.push()
    client, known = MlflowClient(uri), read_json(here / "tracking.json")
    tags = {"runner.kind": "sweep", "runner.study": "study 1", "runner.host": "there"}
    other = client.create_run(known["experiment_id"], 1000, tags, "lr")
    client.delete_run(known["run_id"])
    make_trial(here, "1", "finished", 0.8)
    with pytest.raises(Unreachable, match="deleted"):
        one.push()
    one.push()
    assert read_json(here / "tracking.json")["run_id"] == other.info.run_id
    assert sorted(children(uri, here)) == ["0", "1"]
    assert best_of(uri, here) == ["0"]
