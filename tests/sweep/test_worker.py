"""A worker as a process of its own: what it does with an order, with signals, and without a parent."""

import dataclasses
import os
import pickle
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from omegaconf import OmegaConf

from runner.command import read_command
from runner.interrupt import Interrupted
from runner.sweep.interval import Interval
from runner.sweep.lease import Lease
from runner.sweep.order import BROKEN, FAILED, Order, Searching, Work
from runner.sweep.place import Place
from runner.sweep.queue import Queue
from runner.sweep.settings import Settings
from runner.sweep.space import Space
from runner.sweep.study import create_study
from runner.sweep.worker import Asked, Worker
from tests.sweep.searching import ROOT, wait_for
from tests.sweep.tasks import complete

SPACE = Space((Interval("optimizer.lr", ("optimizer.lr",), 0.0, 1.0),))
RANDOM = {"_target_": "optuna.samplers.RandomSampler"}


@pytest.fixture
def place(tmp_path):
    made = Place.at(tmp_path / "s")
    create_study(made, ["maximize"], {})
    return made


@pytest.fixture
def order(place):
    command = read_command(["-m", "epochs=5", "optimizer.lr=interval(0.0,1.0)", "sweep=random"])
    return Order(
        command, place, Searching(SPACE), Settings(RANDOM), ["valid/accuracy"], 2, "me", "tests.sweep.tasks.quick"
    )


def started(order, parent=None):
    reads, writes = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "runner.sweep.worker", str(parent or os.getpid()), str(writes)],
        cwd=order.place.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, pass_fds=(writes,),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    os.close(writes)
    process.stdin.write(pickle.dumps(order))
    process.stdin.close()
    return process, reads


def ended(order, **changes):
    process, reads = started(dataclasses.replace(order, **changes))
    said = process.stdout.read().decode()
    code, asked = process.wait(60), os.read(reads, 1)
    os.close(reads)
    return code, asked, said


def states(order):
    return [trial.state.name for trial in Queue(order.place).study.get_trials()]


def test_it_does_what_is_left_and_goes_home(order):
    assert ended(order)[:2] == (0, b".")
    first, second = Queue(order.place).study.get_trials()
    assert (first.state.name, second.state.name) == ("COMPLETE", "COMPLETE")
    assert first.params != second.params
    attrs = first.user_attrs
    assert attrs["overrides"] == [f"optimizer.lr={first.params['optimizer.lr']}"]
    assert (attrs["run"], attrs["owner"], attrs["attempts"], attrs["epochs"]) == ("trials/0", "me", 1, 1)
    assert attrs["per_seed"] == [first.values]
    assert ended(order)[0] == 0
    assert len(states(order)) == 2


def test_a_failure_ends_it_only_if_that_is_wanted(order):
    fixed = {"task": "tests.sweep.tasks.absent", "total": 1}
    code, asked, said = ended(order, **fixed)
    assert (code, asked) == (BROKEN, b"")
    assert "absent" in said
    raising = read_command(["-m", "optimizer.weight_decay=1", "optimizer.lr=interval(0.0,1.0)"])
    changes = {"command": raising, "task": "tests.sweep.tasks.picky"}
    assert ended(order, **changes)[0] == 0
    assert states(order) == ["FAIL", "FAIL"]
    assert "Traceback" in (order.place.folder / "trials/1/log.txt").read_text()
    hasty = dataclasses.replace(order.settings, fail_fast=True)
    assert ended(order, **changes, settings=hasty, total=4)[0] == FAILED
    assert states(order) == ["FAIL"] * 3


def test_a_sampler_that_does_not_work_is_nobodys_trial(order):
    wrong = Settings({"_target_": "optuna.samplers.RandomSampler", "seed": 0, "nonsense": 1})
    code, _, said = ended(order, settings=wrong)
    assert code == BROKEN
    assert "nonsense" in said


def test_a_signal_sends_it_home_and_its_trial_back(order):
    process, reads = started(dataclasses.replace(order, task="tests.sweep.tasks.steps", command=slow()))
    path = order.place.folder / "trials/0/metrics.jsonl"
    wait_for(lambda: path.exists() and path.read_text().count("\n") > 1)
    assert Lease.is_held(order.place, "me")
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGHUP)  # Slurm tells every process, and so does the parent
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) in (128 + signal.SIGTERM, 128 + signal.SIGHUP)
    os.close(reads)
    assert states(order) == ["WAITING"]
    assert not Lease.is_held(order.place, "me")


def test_a_trial_that_hangs_is_ended_by_the_kernel(order):
    hanging = read_command(["-m", "optimizer.weight_decay=4", "optimizer.lr=interval(0.0,1.0)"])
    settings = dataclasses.replace(order.settings, trial_timeout="0.5s")
    code, *_ = ended(order, command=hanging, task="tests.sweep.tasks.picky", settings=settings)
    assert code == -signal.SIGALRM
    assert states(order) == ["RUNNING"], "its parent knows what to do with it"


def test_it_is_not_started_by_a_stranger(order):
    process, reads = started(order, parent=1)
    os.close(reads)
    assert process.wait(20) == 1
    assert states(order) == []


def test_who_asks_twice_says_nothing_new():
    with Asked() as asked:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            os.kill(os.getpid(), number)
        assert asked.signum == signal.SIGTERM


def test_a_trial_s_time_ends_with_it(order):
    left = []
    worker = Worker.__new__(Worker)
    worker.order, worker.limit, worker.resident, worker.asked = order, 50.0, None, Asked()
    worker.judge = lambda *_: None
    cfg = OmegaConf.create({"epochs": 1, "seed": 0, "objective": "valid/accuracy"})
    worker.composer = SimpleNamespace(cfg=lambda *_: cfg, given=[])
    worker.queue = SimpleNamespace(
        tell=lambda *_, **__: left.append(signal.getitimer(signal.ITIMER_REAL)[0]),
        give_back=lambda _: left.append(signal.getitimer(signal.ITIMER_REAL)[0]),
    )

    def task(*_, interrupt):
        left.append(signal.getitimer(signal.ITIMER_REAL)[0] > 40)
        interrupt.check()
        return complete(1.0)

    worker.task = task
    trial, work = SimpleNamespace(number=0), Work([], "trials/0")
    assert worker.perform(trial, work) == 0
    worker.asked.signum = signal.SIGTERM
    with pytest.raises(Interrupted):
        worker.perform(trial, work)
    assert left == [True, 0.0, 0.0], "it may have to wait for the storage"


def slow():
    return read_command(["-m", "epochs=100", "batch_size=100", "optimizer.lr=interval(0.0,1.0)", "sweep=random"])
