"""Workers as processes: what they are started with, how they are stopped, and what they leave behind."""

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runner.command import Command
from runner.sweep import crew as module
from runner.sweep.crew import Crew, pickled, tail
from runner.sweep.order import Order, Searching
from runner.sweep.place import Place
from runner.sweep.settings import Settings
from runner.sweep.slots import Slots
from runner.sweep.space import Space


@pytest.fixture
def order(tmp_path):
    return Order(Command(overrides=("a=1",)), Place.at(tmp_path), Searching(Space()), Settings(sampler={}))


@pytest.fixture
def crew(order, monkeypatch):
    """A crew whose workers are told, and sleep."""
    popen = subprocess.Popen
    script = (
        "import os, pickle, sys, time, signal\n"
        "from runner.sweep.order import Order\n"
        "order = pickle.load(sys.stdin.buffer)\n"
        "print(order.owner, order.command.overrides, os.environ['OMP_NUM_THREADS'], os.getsid(0) == os.getpid())\n"
        "child = os.fork()\n"
        "if child:\n    os.write(int(sys.argv[2]), b'.')\n    print('child', child)\n"
        "time.sleep(1000)\n"
    )

    def start(words, **options):
        assert words[1:4] == ["-P", "-u", "-m"]
        return popen([words[0], "-u", "-c", script, *words[5:]], **options)

    monkeypatch.setattr(module.subprocess, "Popen", start)
    monkeypatch.delenv("OMP_NUM_THREADS")
    return Crew(order, Slots(4, ("0", "MIG-x")), threads=3)


def all_asked(crew):
    until = time.monotonic() + 30
    while not all(member.has_asked() for member in crew.members):
        assert time.monotonic() < until
        time.sleep(0.02)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def gone(crew, count):
    until, found = time.monotonic() + 20, []
    while len(found) < count:
        found += crew.ended()
        assert time.monotonic() < until
        time.sleep(0.02)
    return found


def test_workers_are_told_started_stopped_and_leave_nothing(crew, order):
    with crew:
        crew.start()
        crew.start()
        all_asked(crew)
        said = (order.place.folder / "workers.log").read_text()
        assert list(crew.ended()) == []
        first, second = crew.members
        assert first.owner != second.owner
        for member in (first, second):
            assert f"{member.owner} ('a=1',) 3 True" in said, "its order, its threads, and a session of its own"
        children = [int(line.split()[1]) for line in said.splitlines() if line.startswith("child")]
        os.kill(first.process.pid, signal.SIGKILL)
        (ended,) = gone(crew, 1)
        assert (ended.owner, ended.code, ended.stopping) == (first.owner, -signal.SIGKILL, False)
        crew.start()
        assert sorted(member.number for member in crew.members) == [0, 1], "the free place is taken"
        crew.stop()
        assert {(ended.code, ended.stopping) for ended in gone(crew, 2)} == {(-signal.SIGTERM, True)}
        until = time.monotonic() + 5
        while any(is_running(child) for child in children):
            assert time.monotonic() < until, "what a worker has started goes with it"
            time.sleep(0.02)


def test_no_worker_outlives_the_crew(crew):
    with crew:
        crew.start()
        process = crew.members[0].process
    assert process.returncode == -signal.SIGKILL
    assert crew.members == []


def test_the_users_own_word_about_threads_counts(crew, monkeypatch):
    assert crew.environment(1)["OMP_NUM_THREADS"] == "3"
    assert [crew.environment(n)["CUDA_VISIBLE_DEVICES"] for n in range(3)] == ["0", "MIG-x", "0"]
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert crew.environment(1)["OMP_NUM_THREADS"] == "7"


def test_an_order_reaches_another_process_without_a_name(order):
    with pickled(order) as file:
        assert not os.path.exists(f"/proc/self/fd/{file.fileno()}") or "deleted" in os.readlink(
            f"/proc/self/fd/{file.fileno()}"
        )
        done = subprocess.run(
            [sys.executable, "-c", "import sys, pickle; print(pickle.load(sys.stdin.buffer).command.overrides[0])"],
            stdin=file, capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert done.stdout == "a=1\n"
    assert pickle.loads(pickle.dumps(order)) == order


def test_the_end_of_the_log(tmp_path):
    assert tail(tmp_path) == ""
    (tmp_path / "workers.log").write_text("".join(f"{n}\n" for n in range(30)))
    assert tail(tmp_path, 2) == "28\n29"
