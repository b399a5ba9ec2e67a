"""What becomes of the trial of a worker that has died."""

import json
import signal

import pytest
from optuna.samplers import RandomSampler

from runner.sweep.crew import Ended
from runner.sweep.death import bury, cause, left_by, note
from runner.sweep.lease import Lease
from runner.sweep.place import Place
from runner.sweep.queue import Queue
from runner.sweep.settings import Settings
from runner.sweep.study import create_study

KILLED = -signal.SIGKILL


@pytest.fixture
def queue(tmp_path):
    place = Place.at(tmp_path / "s")
    create_study(place, ["minimize"], {})
    return Queue(place)


def claim(queue, owner="me", reached=None, seeds=()):
    """Let a worker claim a trial, come so far, and die."""
    with Lease.hold(queue.place, owner):
        trial = queue.ask(owner, lambda _: RandomSampler(seed=0), 1)
    trial.set_user_attr("run", f"trials/{trial.number}")
    for name, steps in {str(trial.number): reached, **{f"{trial.number}-seed{seed}": n for seed, n in seeds}}.items():
        folder = queue.place.folder / "trials" / name
        folder.mkdir(parents=True, exist_ok=True)
        if steps:
            (folder / "metrics.jsonl").write_text(json.dumps({"epoch": 1, "step": steps}) + "\n")
    return trial.number


def state(queue, number=0):
    return queue.study.get_trials()[number].state.name


def test_a_worker_without_a_trial_leaves_nothing(queue):
    assert bury(queue, Settings(None), Ended("me", KILLED, False)) is None


def test_a_trial_goes_back_and_fails_when_it_does_not_come_further(queue):
    settings = Settings(None, retries=2)
    assert [claim(queue), bury(queue, settings, Ended("me", KILLED, False)), state(queue)] == [0, "WAITING", "WAITING"]
    assert [claim(queue), bury(queue, settings, Ended("me", -signal.SIGSEGV, False))] == [0, "WAITING"]
    assert [claim(queue), bury(queue, settings, Ended("me", -signal.SIGSEGV, False))] == [0, "FAIL"]
    assert state(queue) == "FAIL"
    summary = json.loads((queue.place.folder / "trials/0/summary.json").read_text())
    assert summary["status"] == "failed"
    assert "SIGSEGV 3 times without coming further (sweep.retries=2)" in summary["reason"]
    assert "SIGSEGV" in (queue.place.folder / "trials/0/log.txt").read_text()


def test_coming_further_is_worth_another_try(queue):
    settings = Settings(None, retries=1)
    for reached in (None, 10, 20, 30):
        claim(queue, reached=reached)
        assert bury(queue, settings, Ended("me", KILLED, False)) == "WAITING", reached
    claim(queue, reached=30, seeds=[(1, 5)])
    assert bury(queue, settings, Ended("me", KILLED, False)) == "WAITING", "another seed has begun"
    claim(queue, reached=30, seeds=[(1, 5)])
    assert bury(queue, settings, Ended("me", KILLED, False)) == "INFEASIBLE"
    trial = queue.study.get_trials()[0]
    assert (trial.state.name, trial.user_attrs["infeasible"]) == ("PRUNED", True)


def test_without_retries_the_first_death_is_enough(queue):
    claim(queue, reached=10)
    assert bury(queue, Settings(None, retries=0), Ended("me", 1, False)) == "FAIL"
    assert "ended with exit code 1 without" in queue.study.get_trials()[0].user_attrs["reason"]


def test_too_long_is_too_long(queue):
    claim(queue, reached=10)
    settings = Settings(None, trial_timeout="10m")
    assert bury(queue, settings, Ended("me", -signal.SIGALRM, False)) == "FAIL"
    assert queue.study.get_trials()[0].user_attrs["reason"] == "took longer than sweep.trial_timeout=10m"


def test_who_was_told_to_stop_has_done_nothing_wrong(queue):
    for _ in range(3):
        claim(queue)
        assert bury(queue, Settings(None, retries=0), Ended("me", KILLED, True)) == "WAITING"


def test_a_trial_that_somebody_else_has_put_back_is_judged_all_the_same(queue):
    claim(queue)
    queue.reap()
    assert state(queue) == "WAITING"
    assert left_by(queue, "me").number == 0
    assert bury(queue, Settings(None, retries=0), Ended("me", 1, False)) == "FAIL"


def test_a_trial_that_is_somebody_elses_by_now_is_not_touched(queue):
    claim(queue)
    queue.reap()
    claim(queue, "another")
    assert bury(queue, Settings(None, retries=0), Ended("me", 1, False)) is None
    assert state(queue) == "RUNNING"


def test_how_a_process_ended_in_words():
    assert cause(3) == "ended with exit code 3"
    assert cause(-signal.SIGSEGV) == "was killed by SIGSEGV"
    assert "lack of memory" in cause(KILLED)


def test_a_run_that_came_to_its_end_keeps_its_summary(tmp_path):
    (tmp_path / "summary.json").write_text('{"status": "finished"}')
    note(tmp_path, "FAIL", "too long")
    assert json.loads((tmp_path / "summary.json").read_text()) == {"status": "finished"}


def test_a_run_that_was_only_interrupted_gets_one(tmp_path):
    (tmp_path / "summary.json").write_text('{"status": "interrupted"}')
    note(tmp_path, "FAIL", "too long")
    assert json.loads((tmp_path / "summary.json").read_text())["status"] == "failed"


def test_what_it_was_at_comes_before_what_it_gave_back(queue):
    create = [lambda _: RandomSampler(seed=0), 2]
    with Lease.hold(queue.place, "me"):
        first, second = queue.ask("me", *create), queue.ask("me", *create)
    queue.give_back(first)
    assert left_by(queue, "me").number == second.number
