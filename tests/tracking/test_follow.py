"""The process beside a run, as a process."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.durable import read_json
from runner.folder import lock
from runner.tracking import follow, store
from runner.tracking.claim import claimed, in_turn
from runner.tracking.replay import Replay
from runner.tracking.sweep import SweepReplay
from runner.verb.sync import main
from tests.tracking.conftest import (
    end_trial,
    expected,
    history,
    make_run,
    make_sweep,
    make_trial,
    rows,
    statuses,
    write_rows,
)

Sync = Callable[..., subprocess.Popen[bytes]]


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def stored(uri: str, run: Path) -> tuple[str, int]:
    """Return a run's status and how many points it has."""
    from mlflow import MlflowClient

    known = read_json(run / "tracking.json")
    if not known:
        return "none", 0
    found = MlflowClient(uri).get_run(known["run_id"])
    return found.info.status, sum(map(len, history(uri, known["run_id"]).values()))


@pytest.mark.slow
def test_a_run_is_followed_to_its_end(tmp_path: Path, uri: str, sync: Sync) -> None:
    run = make_run(tmp_path / "outputs" / "r", 5, status=None)
    with lock(run):
        follower = sync(str(run), "--follow", "--system-metrics")
        until(lambda: stored(uri, run)[1] >= 10)
        assert stored(uri, run)[0] == "RUNNING"
        write_rows(run, rows(20)[5:])
        until(lambda: stored(uri, run)[1] >= 40)
        follower.send_signal(signal.SIGINT)
        (run / "summary.json").write_text('{"status": "finished"}')
        _, errors = follower.communicate(b"finish\n", timeout=60)
        assert follower.returncode == 0, errors.decode()
    assert stored(uri, run)[0] == "FINISHED"
    found = history(uri, read_json(run / "tracking.json")["run_id"])
    assert "system/cpu_utilization_percentage" in found
    assert {key: values for key, values in found.items() if not key.startswith("system/")} == expected(run)


@pytest.mark.slow
def test_a_trainer_that_dies_is_killed_in_the_store_too(tmp_path: Path, uri: str, sync: Sync) -> None:
    run = make_run(tmp_path / "outputs" / "r", 5, status=None)
    with lock(run):
        follower = sync(str(run), "--follow")
        until(lambda: stored(uri, run)[1] >= 10)
        assert follower.stdin is not None
        follower.stdin.close()
        time.sleep(1.5)
        assert stored(uri, run)[0] == "RUNNING"  # the lock is still held
    assert follower.wait(60) == 0
    assert stored(uri, run)[0] == "KILLED"
    assert read_json(run / "tracking.json")["complete"]


@pytest.mark.siege
def test_a_resumed_run_waits_for_the_earlier_follower(
    tmp_path: Path, uri: str, sync: Sync, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "outputs" / "r", 5, status=None)
    with lock(run):
        first = sync(str(run), "--follow")
        until(lambda: stored(uri, run)[1] >= 10)
        second = sync(str(run), "--follow")
        assert main([str(run)]) == 1
        assert "another process is sending it" in capsys.readouterr().err
        assert first.stdin is not None
        first.stdin.close()
        assert first.wait(60) == 0  # it leaves the run to whom it is now
        assert stored(uri, run)[0] == "RUNNING"
        (run / "summary.json").write_text('{"status": "finished"}')
        second.communicate(b"finish\n", timeout=60)
    assert stored(uri, run) == ("FINISHED", 10)


@pytest.mark.slow
def test_other_dead_runs_are_closed(tmp_path: Path, uri: str, sync: Sync) -> None:
    dead = make_run(tmp_path / "outputs" / "dead", 5, status=None)
    with lock(dead):
        Replay(dead, uri, "runner").push()
    assert stored(uri, dead)[0] == "RUNNING"
    run = make_run(tmp_path / "outputs" / "r", 5)
    follower = sync(str(run), "--follow")
    until(lambda: read_json(dead / "tracking.json")["complete"])
    assert stored(uri, dead) == ("KILLED", 10)
    follower.communicate(b"finish\n", timeout=60)
    assert follower.returncode == 0


@pytest.mark.siege
def test_a_finished_run_whose_model_is_missing_is_closed_but_not_complete(tmp_path: Path, uri: str, sync: Sync) -> None:
    behind = make_run(tmp_path / "outputs" / "behind", 5)
    with lock(behind):
        Replay(behind, uri, "runner").push()
    run = make_run(tmp_path / "outputs" / "r", 5)
    follower = sync(str(run), "--follow")
    until(lambda: read_json(behind / "tracking.json")["closed"])
    assert stored(uri, behind) == ("FINISHED", 10)
    assert not read_json(behind / "tracking.json")["complete"]
    follower.communicate(b"finish\n", timeout=60)


@pytest.mark.slow
def test_a_sweep_is_followed_to_its_end(tmp_path: Path, uri: str, sync: Sync) -> None:
    sweep = make_sweep(tmp_path / "outputs" / "s")
    with lock(sweep):
        follower = sync(str(sweep), "--follow", "--system-metrics")
        until(lambda: statuses(uri).get("s") == "RUNNING")
        runs = [make_trial(sweep, str(number), None) for number in range(3)]
        with lock(runs[1]), lock(runs[2]):
            end_trial(runs[0], "finished", 0.5)
            until(lambda: sorted(statuses(uri).values()) == ["FINISHED", "RUNNING", "RUNNING", "RUNNING"])
            follower.send_signal(signal.SIGINT)
            end_trial(runs[1], "interrupted")
        _, errors = follower.communicate(b"finish interrupted\n", timeout=60)
        assert follower.returncode == 0, errors.decode()
    assert statuses(uri) == {"s": "KILLED", "s/trials/0": "FINISHED", "s/trials/1": "KILLED", "s/trials/2": "KILLED"}
    known = read_json(sweep / "tracking.json")
    assert (known["status"], known["complete"], known["closed"]) == ("interrupted", True, True)
    assert "system/cpu_utilization_percentage" in history(uri, known["run_id"])


@pytest.mark.siege
def test_a_sweep_that_dies_is_killed_in_the_store_too(tmp_path: Path, uri: str, sync: Sync) -> None:
    sweep = make_sweep(tmp_path / "outputs" / "s")
    run = make_trial(sweep, "0", None)
    with lock(sweep), lock(run):
        follower = sync(str(sweep), "--follow")
        until(lambda: list(statuses(uri).values()) == ["RUNNING", "RUNNING"])
        assert follower.stdin is not None
        follower.stdin.close()
        time.sleep(1.5)
        assert set(statuses(uri).values()) == {"RUNNING"}  # the locks are still held
    assert follower.wait(60) == 0
    assert statuses(uri) == {"s": "KILLED", "s/trials/0": "KILLED"}


@pytest.mark.siege
def test_the_next_run_closes_a_dead_sweep(tmp_path: Path, uri: str, sync: Sync) -> None:
    sweep = make_sweep(tmp_path / "outputs" / "s")
    run = make_trial(sweep, "0", None)
    with lock(sweep), lock(run):
        SweepReplay(sweep, uri, "runner", live=True).push()  # its follower was killed as well
    assert set(statuses(uri).values()) == {"RUNNING"}
    other = make_run(tmp_path / "outputs" / "r", 5)
    follower = sync(str(other), "--follow")
    until(lambda: read_json(sweep / "tracking.json")["closed"])
    follower.communicate(b"finish\n", timeout=60)
    assert statuses(uri) == {"s": "KILLED", "s/trials/0": "KILLED", "r": "FINISHED"}


def test_a_second_machine_in_a_shared_folder_leaves_it_to_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "ENDING", 0.5)
    sweep = make_sweep(tmp_path / "outputs" / "s")
    second = follow.Follower(SweepReplay(sweep, "sqlite:///none", "runner", live=True))
    second.heard = "finish"
    with claimed(sweep, wait=False):
        assert all(second.waits() for _ in range(10))  # the earlier process of this machine is about to end
        (sweep / "tracking.json").write_text('{"key": "k", "shared": true}')
        with in_turn(sweep, second.waits) as ours:
            assert not ours
    with in_turn(sweep, second.waits) as ours:
        assert ours


@pytest.mark.siege
def test_a_store_that_is_away_is_tried_again_and_said_once(tmp_path: Path, sync: Sync) -> None:
    run = make_run(tmp_path / "outputs" / "r", 5)
    follower = sync(str(run), "--follow", "--uri", "http://127.0.0.1:9")
    time.sleep(6)
    assert follower.poll() is None
    _, errors = follower.communicate(b"finish\n", timeout=60)
    assert follower.returncode == 1
    assert errors.decode().count("the run goes on") == 1
    assert "runner sync r" in errors.decode()


@pytest.mark.parametrize(("away", "attempts"), [(False, 2), (True, 1)])
def test_a_store_that_was_away_until_the_end_is_asked_once_more(
    away: bool, attempts: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Away(Replay):
        def push(self, extra: object = ()) -> int:
            asked.append(extra)
            raise store.Unreachable("it hangs")

    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    follower = follow.Follower(Away(make_run(tmp_path / "outputs" / "r", 1), "http://127.0.0.1:9", "runner"))
    if away:
        assert not follower.look()
        asked.clear()
    assert follower.end() == 1
    assert len(asked) == attempts
