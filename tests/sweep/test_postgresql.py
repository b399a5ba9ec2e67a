"""The same promises over a real server, and those that only a server can break."""

import os
import re
import signal
import threading
import time
from dataclasses import replace

import pytest

from runner.sweep.advisory import PULSE
from runner.sweep.lease import PATIENCE, Deaths, Lease
from runner.sweep.outage import patiently
from runner.sweep.place import Place
from runner.sweep.queue import Queue
from runner.sweep.study import create_study, open_study, storage_problem
from tests.sweep.hand import (
    ask,
    at_once,
    create,
    die_claiming,
    hold,
    is_there,
    kill,
    siege,
    start,
    suggest,
    until,
    value,
)


@pytest.fixture(scope="module")
def database(server):
    """An address with Optuna's tables; every test has a study of its own there."""
    return server.fresh()


@pytest.fixture
def place(postgresql, database, tmp_path, request):
    place = Place.at(tmp_path / "sweep", database, study=request.node.name)
    create_study(place, ["minimize"], {"name": "test"})
    return place


def others(postgresql, what):
    """Connections to the server that are not ours, by what they wait for or hold."""
    query = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND " + what
    return [pid for (pid,) in postgresql.execute(query)]


def test_a_study_in_an_empty_database_that_four_processes_make_at_once_is_one(postgresql, tmp_path):
    place = Place.at(tmp_path / "sweep", postgresql.fresh())
    points = [{"x": float(x), "y": "a"} for x in range(8)]
    at_once(create, place.plain(), points)
    assert open_study(place).user_attrs == {"name": "test"}
    assert [trial.system_attrs["fixed_params"] for trial in open_study(place).get_trials()] == points


def test_what_is_wrong_with_an_address_is_told_in_one_line(postgresql):
    assert storage_problem(postgresql.url()) is None
    for address, problem in {
        postgresql.url(password="wr0ng"): 'password authentication failed for user "runner"',
        postgresql.url(user="nobody"): 'password authentication failed for user "nobody"',
        postgresql.url(database="nowhere"): 'database "nowhere" does not exist',
        re.sub(r":\d+/", ":1/", postgresql.url()): "refused",
    }.items():
        message = storage_problem(address)
        assert problem in message
        assert re.match(r"sweep.storage=postgresql://\w+:\*\*\*@127.0.0.1:\d+/\w+: ", message)
        assert "\n" not in message
        assert not re.search("wr0ng|s3cret", message)


def test_a_study_that_is_not_there_is_named_without_the_password(place):
    with pytest.raises(ValueError, match=r"no study nope in postgresql\+psycopg://runner:\*\*\*@127"):
        open_study(replace(place, study="nope"))


def test_a_trial_that_comes_back_keeps_number_parameters_and_reports(place):
    queue = Queue(place)
    queue.enqueue([{"x": 1.0, "y": "a"}])
    lost = [ask(queue, "w", 2), ask(queue, "w", 2)]
    params = [suggest(trial) for trial in lost]
    lost[1].report(0.5, 0)
    assert sorted(queue.reap(dead=["w"])) == [0, 1]
    process = start(finish, place.plain())
    process.join(30)
    assert process.exitcode == 0
    assert not queue.tell(lost[0], "COMPLETE", [0.0]), "it was given to another"
    trials = queue.study.get_trials()
    assert [trial.params for trial in trials] == params
    assert [trial.value for trial in trials] == list(map(value, params))
    assert trials[1].intermediate_values == {0: 0.5}
    assert [trial.user_attrs for trial in trials] == [{"owner": "v", "attempts": 2}] * 2


def finish(plain):
    queue = Queue(Place.read(plain))
    while trial := ask(queue, "v", 2):
        assert queue.tell(trial, "COMPLETE", [value(suggest(trial))])


def test_a_queue_of_many_is_not_read_for_each_trial(place, monkeypatch):
    queue = Queue(place)
    queue.enqueue([{"x": float(x), "y": "a"} for x in range(40)])
    reads = []
    read = queue.study.get_trials
    monkeypatch.setattr(queue.study, "get_trials", lambda **words: reads.append(1) or read(**words))
    other = Queue(place)
    numbers = [ask(q, owner).number for _ in range(5) for q, owner in ((queue, "w"), (other, "v"))]
    assert numbers == list(range(10))
    assert len(reads) <= 3
    other.reap(dead=["v", "w"])
    assert ask(other, "v").number == 0, "who knows that it came back gives it out first"


@pytest.mark.parametrize("child", [False, True], ids=["alone", "with a forked child that lives on"])
def test_a_killed_worker_is_dead_at_once(place, tmp_path, child):
    process = start(hold, place.plain(), "w", tmp_path / "ready", child)
    until(lambda: is_there(tmp_path / "ready"))
    assert Lease.is_held(place, "w")
    with pytest.raises(ValueError, match="the lease w is held by another process"):
        Lease.hold(place, "w").__enter__()
    kill(process)
    try:
        assert until(lambda: not Lease.is_held(place, "w"), 5) < 1
    finally:
        if child:
            os.kill(int((tmp_path / "ready").read_text()), signal.SIGKILL)


def test_a_dead_workers_trial_is_back_within_five_seconds(place, tmp_path):
    process = start(hold, place.plain(), "w", tmp_path / "ready")
    until(lambda: is_there(tmp_path / "ready"))
    queue = Queue(place)
    assert ask(queue, "w").number == 0
    assert queue.reap() == []
    kill(process)
    assert queue.reap() == [], "its lease may be on its way back"
    assert until(lambda: queue.reap() == [0]) < 5


def test_a_claim_ends_with_its_holder(place, tmp_path):
    process = start(die_claiming, place.plain(), tmp_path / "ready")
    until(lambda: is_there(tmp_path / "ready"))
    threading.Timer(0.5, kill, [process]).start()
    begin = time.monotonic()
    with Queue(place).claiming():
        assert 0.3 < time.monotonic() - begin < 3


def test_a_lease_whose_connection_broke_is_taken_again_before_anybody_is_dead(place, postgresql):
    deaths = Deaths(place)
    with Lease.hold(place, "w"):
        (pid,) = others(postgresql, "granted")
        postgresql.execute(f"SELECT pg_terminate_backend({pid})")
        until(lambda: not Lease.is_held(place, "w"))
        assert not deaths.has("w")
        assert until(lambda: Lease.is_held(place, "w")) < PATIENCE
        time.sleep(PULSE)
        assert not deaths.has("w")
        assert others(postgresql, "granted") != [pid]
    until(lambda: not others(postgresql, "granted"))


@pytest.mark.siege
def test_a_server_that_crashes_under_a_sweep_is_waited_for_and_nobody_loses_a_trial(place, postgresql):
    queue, seen = Queue(place), []
    with Lease.hold(place, "w"):
        trials = [ask(queue, "w"), ask(queue, "w")]
        params = [suggest(trial) for trial in trials]
        postgresql.stop(signal.SIGQUIT)
        told = threading.Thread(target=lambda: seen.append(queue.tell(trials[0], "COMPLETE", [1.0])))
        told.start()
        time.sleep(1)
        postgresql.start()
        parent, reaped, end = Queue(place), [], time.monotonic() + 2 * PATIENCE
        while time.monotonic() < end:
            reaped += parent.reap()
            time.sleep(0.2)
        told.join(30)
        assert seen == [True]
        assert reaped == []
        patiently(lambda: trials[1].report(0.5, 1))
        assert queue.tell(trials[1], "COMPLETE", [2.0])
    trials = open_study(place).get_trials()
    assert [(trial.value, trial.params) for trial in trials] == [(1.0, params[0]), (2.0, params[1])]


def test_a_server_that_stays_away_is_an_error_in_the_end(postgresql, tmp_path):
    place = Place.at(tmp_path / "sweep", postgresql.fresh())
    create_study(place, ["minimize"], {})
    queue = Queue(place, limit=0.5)
    postgresql.stop()
    try:
        with pytest.raises(ConnectionError, match=r"has not answered for 0.5 s: .*refused"):
            ask(queue, "w")
    finally:
        postgresql.start()
    assert ask(queue, "w").number == 0


@pytest.mark.siege
def test_workers_that_are_killed_leave_no_trace(place):
    siege(place, strikes=4, total=16)
