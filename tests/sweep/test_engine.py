"""The watch over the workers: those that die are replaced, and a trial that kills them is found out."""

import os
import signal
import time
from types import SimpleNamespace

import pytest

from runner.sweep.crew import Ended
from runner.sweep.engine import FAILURES, KILLED, Failures, fill, is_failure
from runner.sweep.order import BROKEN, FAILED, SPOILT
from tests.sweep.searching import begun, searched, starts, states, trials, wait_for, workers


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_dead_workers_cost_their_trials_alone(here, capsys):
    words = ["optimizer.weight_decay=0,2,3,5,6", "sweep.retries=1", "sweep.trial_timeout=1.5", "sweep.jobs=2"]
    assert searched("picky", *words) == 1
    assert states(here) == ["COMPLETE", "PRUNED", "COMPLETE", "PRUNED", "FAIL"]
    _, killed, revived, infeasible, hung = trials(here)
    assert killed.user_attrs["infeasible"]
    assert killed.constraints == {"runs": 1.0}, "samplers learn from it"
    assert "SIGKILL, perhaps for lack of memory, 2 times" in killed.user_attrs["reason"]
    assert len(starts(here, 1)) == 2, "a first time and one retry"
    assert (len(starts(here, 2)), revived.user_attrs["attempts"]) == (2, 2)
    assert infeasible.user_attrs["infeasible"]
    assert hung.user_attrs["reason"] == "took longer than sweep.trial_timeout=1.5"
    assert len(starts(here, 4)) == 1, "what takes too long once takes too long again"
    assert "took longer" in (here / "outputs/s/trials/4/log.txt").read_text()
    assert "took longer" in capsys.readouterr().out


def test_workers_that_cannot_start_are_not_started_for_ever(here, capsys):
    begun_at = time.monotonic()
    assert searched("broken", "optimizer.lr=0.1,0.2,0.3", "sweep.jobs=1") == 1
    said = capsys.readouterr().err
    assert "workers end before they get to a trial" in said
    assert "the last one ended with exit code 70" in said
    assert "Located non-callable" in said, "the end of their log"
    assert states(here) == ["WAITING"] * 3
    assert time.monotonic() - begun_at < 60


def test_workers_that_die_early_and_those_that_come_home():
    def ended(code, stopping=False):
        return Ended("me", code, stopping)

    assert is_failure(ended(1), None)
    assert is_failure(ended(-signal.SIGKILL), None)
    assert is_failure(ended(BROKEN), "WAITING"), "it had a trial, but nothing could be proposed for it"
    assert not is_failure(ended(1), "WAITING"), "the trial may have done it"
    assert not is_failure(ended(-signal.SIGTERM, stopping=True), None)
    assert not any(is_failure(ended(code), None) for code in (0, FAILED, SPOILT))


def test_those_that_were_killed_before_they_asked_are_given_more_chances():
    killed, broke = Ended("me", -signal.SIGKILL, False), Ended("me", BROKEN, False)
    found = Failures()
    for _ in range(KILLED - 1):
        found.count(killed, None)
    assert not found.too_many
    found.asked({"another"})
    found.asked({"another"})
    for _ in range(KILLED - 1):
        found.count(killed, None)
    assert not found.too_many, "another one came so far"
    found.asked({"another"})
    found.count(killed, None)
    assert found.too_many, "it has asked long ago"
    found = Failures()
    for _ in range(FAILURES):
        assert not found.too_many
        found.count(broke, None)
    assert found.too_many
    found = Failures()
    for _ in range(FAILURES):
        found.count(Ended("me", -signal.SIGSEGV, False, asked=True), None)
    assert found.too_many, "to ask is what kills it"


def test_workers_that_die_without_a_word_are_not_started_for_ever(here, capsys, monkeypatch):
    monkeypatch.setattr("runner.sweep.crew.sys.executable", "/bin/false")
    assert searched("quick", "optimizer.lr=0.1,0.2", "sweep.jobs=1") == 1
    assert "the last one ended with exit code 1" in capsys.readouterr().err


class Study:
    def __init__(self, *names):
        self.trials = [SimpleNamespace(state=SimpleNamespace(name=name)) for name in names]

    def get_trials(self, deepcopy):
        return self.trials


class Members:
    """A crew that only counts."""

    def __init__(self, *asked):
        self.members = [SimpleNamespace(has_asked=lambda asked=asked: asked) for asked in asked]
        self.started = 0

    def start(self):
        self.started += 1
        self.members.append(SimpleNamespace(has_asked=lambda: False))


@pytest.mark.parametrize(
    ("asked", "names", "total", "started", "open_"),
    [
        ([], ["WAITING"] * 9, 0, 4, 13),
        ([], ["WAITING"] * 2, 0, 2, 4),  # no more workers than trials
        ([], ["COMPLETE"] * 5, 7, 2, 4),  # two are still to be proposed
        ([False, False], ["WAITING"] * 2, 0, 0, 4),  # those that are starting will take them
        ([True, True, False], ["RUNNING"] * 2 + ["WAITING"] * 3, 0, 1, 9),
        ([], ["COMPLETE", "FAIL", "PRUNED"], 3, 0, 0),
        ([], ["RUNNING"], 0, 0, 1),  # another machine's
    ],
)
def test_as_many_workers_as_there_is_work_for(asked, names, total, started, open_):
    crew = Members(*asked)
    assert fill(crew, SimpleNamespace(study=Study(*names), limit=1.0, give_up=lambda: False), total, jobs=4) == open_
    assert crew.started == started


@pytest.mark.siege
def test_a_killed_workers_trial_goes_on_where_it_was_within_seconds(here):
    parent = begun(here, "steps", "optimizer.lr=0.1,0.2", "epochs=60", "batch_size=100", "sweep.jobs=2")
    paths = [here / f"outputs/s/trials/{number}/metrics.jsonl" for number in (0, 1)]
    wait_for(lambda: all(path.exists() and path.read_text().count("\n") > 3 for path in paths))
    victim = int(starts(here, 0)[0][0])
    os.kill(victim, signal.SIGKILL)
    killed = time.monotonic()
    wait_for(lambda: trials(here)[0].state.name != "RUNNING" or trials(here)[0].user_attrs["attempts"] == 2, 5)
    assert time.monotonic() - killed < 5
    assert parent.wait(60) == 0
    assert states(here) == ["COMPLETE"] * 2
    assert [len(path.read_text().splitlines()) for path in paths] == [60, 60], "from where it was"
    assert workers(here) == []


@pytest.mark.siege
def test_workers_end_with_their_parent(here):
    parent = begun(here, "steps", "optimizer.lr=0.1,0.2", "epochs=100", "batch_size=100", "sweep.jobs=2")
    wait_for(lambda: (here / "outputs/s/trials/1/begun").exists())
    assert len(workers(here)) == 2
    parent.kill()
    parent.wait()
    wait_for(lambda: workers(here) == [], 5)
    assert states(here) == ["RUNNING", "RUNNING"], "nobody was there to put them back"
    assert searched("quick", "optimizer.lr=0.1,0.2", "epochs=100", "batch_size=100") == 0
    assert states(here) == ["COMPLETE", "COMPLETE"]
