"""Stores that are away, hang, fail, are slow, lose answers or are locked: no run notices, and no record suffers."""

from __future__ import annotations

import itertools
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from runner.callback.base import Callback
from runner.loop import fit
from runner.tracking import store
from runner.tracking.replay import Replay
from runner.tracking.store import Unreachable
from tests.faults.flaky import Road, check, locked
from tests.faults.flaky import road as road
from tests.faults.flaky import server as server
from tests.support import built
from tests.tracking.conftest import make_run
from tests.tracking.conftest import template as template
from tests.tracking.conftest import uri as uri

ANSWERS = ("500", "lose", "cut", "reset")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


def persistently(action: Callable[[], object]) -> int:
    """Do something until the store takes it; return how often it did not."""
    for failures in itertools.count():
        try:
            action()
            return failures
        except Unreachable:
            assert failures < 50
    raise AssertionError


def test_a_store_of_which_every_kind_of_request_fails_once_gets_everything_once(road: Road, tmp_path: Path) -> None:
    run = make_run(tmp_path / "outputs" / "r", 30)
    asked: Counter[str] = Counter()
    faults = itertools.cycle(ANSWERS)

    def fault(number: int) -> str:
        kind = road.requests[number].partition("?")[0]
        asked[kind] += 1  # parameters, tags and metrics are sent by one kind
        return next(faults) if asked[kind] in ((1, 3, 5, 7, 9) if "log-batch" in kind else (1,)) else ""

    road.fault = fault
    assert persistently(Replay(run, road.url, "mine").finish) > 10
    road.fault = lambda number: ""
    check(road.url, run)


@pytest.mark.parametrize(("failing", "fault"), [(1, "500"), (2, "lose"), (2, "500")])
def test_parameters_tags_or_points_that_fail_alone_are_sent_again(
    failing: int, fault: str, road: Road, tmp_path: Path
) -> None:
    run = make_run(tmp_path / "outputs" / f"{failing}-{fault}", 3)
    begun = len(road.requests)

    def this_one(number: int) -> str:
        batches = sum("log-batch" in request for request in road.requests[begun : number + 1])
        return fault if batches == failing and "log-batch" in road.requests[number] else ""

    road.fault = this_one
    assert persistently(Replay(run, road.url, "mine").finish) == 1
    check(road.url, run)


@pytest.mark.siege
@pytest.mark.parametrize("fault", ["500", "lose"])
def test_whichever_answer_fails_everything_arrives_once(fault: str, road: Road, tmp_path: Path) -> None:
    """One run for each request that there is: that one fails, and then the next try completes the record."""
    for failing in itertools.count():
        run = make_run(tmp_path / "outputs" / f"{fault}-{failing}", 12)
        begun = len(road.requests)
        road.fault = lambda number, at=begun + failing: fault if number == at else ""  # type: ignore[misc]
        failures = persistently(Replay(run, road.url, "mine").finish)
        asked = len(road.requests) - begun
        road.fault = lambda number: ""
        check(road.url, run)
        if failing >= asked:  # the fault lay behind the last request
            assert (failures, failing > 10) == (0, True)
            break


@pytest.mark.siege
def test_a_locked_sqlite_store_is_one_line_and_gets_everything_later(uri: str, tmp_path: Path) -> None:
    run = make_run(tmp_path / "outputs" / "r", 12)
    replay = Replay(run, uri, "mine")
    with locked(uri), pytest.raises(Unreachable, match="database is locked"):
        replay.push()
    replay.finish()
    check(uri, run)


def test_a_store_that_another_process_does_not_let_go_of_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "SETTING_UP", 0.2)
    run = make_run(tmp_path / "outputs" / "r", 1)
    path = tmp_path / "outputs" / "mlflow.db"
    with store.locked(path), pytest.raises(Unreachable, match="another process has been setting it up"):
        Replay(run, f"sqlite:///{path}", "mine").push()


class Watch(Callback):
    """Notes what this process does from the first step of an epoch to the last: system calls, and whose functions."""

    events: list[str]

    def __init__(self, steps: int) -> None:
        self.steps, self.open = steps, False
        self.events, self.files = [], set()
        sys.addaudithook(self.audit)

    def watches_steps(self) -> bool:
        return True

    def step(self, run: Any) -> None:
        if run.step == 60:  # the first row has been written: the file is open
            self.open = True
            sys.setprofile(self.profile)
        elif run.step == self.steps - 1:
            sys.setprofile(None)
            self.open = False

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.open and event.partition(".")[0] in (
            "socket",
            "sqlite3",
            "fcntl",
            "subprocess",
            "os",
            "open",
            "import",
        ):
            self.events.append(f"{event} {arguments}")

    def profile(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            self.files.add(frame.f_code.co_filename)


def test_no_step_has_anything_to_do_with_the_store(tmp_path: Path) -> None:
    """While a server hangs: no socket, database, lock, file, call or thread; the time is measured in benchmarks."""
    with closing(Road("http://127.0.0.1:9")) as hanging:
        hanging.fault = lambda number: "hang"
        words = [f"callback.mlflow.uri={hanging.url}", "callback.mlflow.patience=0"]
        run = built(tmp_path / "outputs" / "r", "callback=[record,mlflow]", "dataset.samples=3200", "epochs=1", *words)
        steps, threads = -(-run.batches["train"].samples // 16), threading.active_count()
        watch = run.callbacks["watch"] = Watch(steps)
        fit(run)
    assert steps > 100
    assert watch.events == []
    assert not {file for file in watch.files if "runner/tracking" in file or "mlflow" in file}
    assert any(file.endswith("runner/callback/record.py") for file in watch.files), "nothing was seen at all"
    assert threading.active_count() <= threads + 1  # of the road
