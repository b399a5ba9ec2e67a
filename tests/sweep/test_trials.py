"""Trials in the storage: each point once, and what moves keeps what it has."""

import math

import pytest

from runner.sweep.place import Place
from runner.sweep.study import create_study
from runner.sweep.trials import Trials


@pytest.fixture(params=["study.journal", "sqlite:///x.db"])
def trials(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = Place.at(tmp_path / "s", None if request.param == "study.journal" else request.param, "s")
    (tmp_path / "s").mkdir()
    create_study(place, ["maximize"], {})
    return Trials(place)


def test_a_point_is_added_once_whatever_became_of_it(trials):
    assert trials.add([{"x": 1}, {"x": 2}, {"x": 1}]) == 2
    first, _ = trials.first_waiting()
    trials.start(first._trial_id)
    assert trials.add([{"x": 1}, {"x": 3}]) == 1
    assert [trial.number for trial in trials.running()] == [0]


def test_they_are_found_in_their_order_and_counted_when_none_waits(trials):
    trials.add([{"x": 1}, {"x": 2}])
    numbers = []
    while (found := trials.first_waiting())[0] is not None:
        numbers.append(found[0].number)
        trials.start(found[0]._trial_id)
    assert (numbers, found[1]) == ([0, 1], 2)


def test_what_others_have_taken_and_added_since_it_was_read_is_seen(trials):
    trials.add([{"x": 1}, {"x": 2}])
    trials.start(trials.first_waiting()[0]._trial_id)
    trials._stale = math.inf  # what was read is young
    trials.start(trials.look(1)._trial_id)  # by another process, which also adds one:
    trials.study.enqueue_trial({"x": 3})
    assert trials.first_waiting()[0].number == 2


def test_what_is_released_waits_again_with_what_it_has(trials):
    trial_id = trials.create({"owner": "me"})
    trials.start(trial_id)
    trials.note(trial_id, {"run": "trials/0"})
    trials.release(trials.running())
    found, _ = trials.first_waiting()
    assert (found._trial_id, found.user_attrs) == (trial_id, {"owner": "me", "run": "trials/0"})
    assert trials.look(0).state.name == "WAITING"


def test_what_is_infeasible_is_marked_and_has_no_value(trials):
    trial_id = trials.create({})
    trials.start(trial_id)
    trials.end(trials.look(0), "INFEASIBLE", None, trials.study)
    found = trials.study.get_trials()[0]
    assert (found.state.name, found.values, found.constraints) == ("PRUNED", None, {"runs": 1.0})
