import time
from dataclasses import replace

import pytest

from runner.sweep.lease import Lease
from runner.sweep.place import Place
from runner.sweep.queue import Queue
from runner.sweep.study import create_study, open_study
from tests.sweep.hand import (
    ask,
    at_once,
    create,
    die_claiming,
    hold,
    is_there,
    kill,
    sampler_for,
    siege,
    start,
    suggest,
    until,
    value,
    work,
)


@pytest.fixture(params=["journal", "sqlite"])
def place(request, tmp_path):
    place = Place.at(tmp_path / "sweep", None if request.param == "journal" else f"sqlite:///{tmp_path}/x.db")
    create_study(place, ["minimize"], {})
    return place


@pytest.fixture
def queue(place):
    return Queue(place)


@pytest.fixture
def other(place, tmp_path):
    """A queue of another process, as good as: it has a storage of its own."""
    text = place.storage.replace("sweep", "link").replace("x.db", "link.db")
    (tmp_path / "link").symlink_to(tmp_path / "sweep")
    (tmp_path / "link.db").symlink_to(tmp_path / "x.db")
    return Queue(replace(place, storage=text))


def unwanted(_):
    raise AssertionError("no sampler is needed")


def points(count):
    return [{"x": float(x), "y": "a"} for x in range(count)]


def states(queue):
    return [trial.state.name for trial in queue.study.get_trials()]


def test_a_design_is_claimed_in_order_and_then_sampled_up_to_the_total(queue):
    assert queue.enqueue(points(2)) == 2
    counts = []

    def counted(study):
        counts.append((queue.number, len(study.get_trials())))
        return sampler_for(queue)(study)

    trials = [queue.ask("w", counted, 4) for _ in range(4)]
    assert [trial.number for trial in trials] == [0, 1, 2, 3]
    assert [suggest(trial) for trial in trials[:2]] == points(2)
    assert counts == [(2, 2), (3, 3)], "new trials only, before they are there"
    assert queue.ask("w", unwanted, 4) is None
    assert [trial.user_attrs for trial in queue.study.get_trials()] == [{"owner": "w", "attempts": 1}] * 4
    assert ask(queue, "w").number == 4, "without a total there is always another"


def test_each_point_is_enqueued_once_whatever_became_of_its_trial(queue, other):
    assert queue.enqueue([*points(3), *points(2), {"x": 1, "y": "b"}]) == 4
    done, running = (queue.ask("w", unwanted) for _ in range(2))
    suggest(done), suggest(running)
    assert queue.tell(done, "COMPLETE", [1.0])
    sampled = other.ask("v", unwanted)
    assert sampled.number == 2
    assert other.enqueue([{"y": "b", "x": 1.0}, *points(5)]) == 2
    assert queue.enqueue(points(5)) == 0
    fixed = [trial.system_attrs["fixed_params"] for trial in queue.study.get_trials()]
    assert fixed == [*points(3), {"x": 1, "y": "b"}, *points(5)[3:]]


def test_a_sampled_trial_counts_as_its_point_has(queue):
    trial = ask(queue, "w")
    point = suggest(trial)
    assert queue.enqueue([point, {"x": 1.0}]) == 1


def test_a_trial_that_comes_back_keeps_number_parameters_and_reports(queue, other):
    queue.enqueue(points(1))
    lost = [ask(queue, "w", 9), ask(queue, "w", 9)]
    params = [suggest(trial) for trial in lost]
    lost[1].report(0.5, 0)
    start = other.study.get_trials()[1].datetime_start
    queue.give_back(lost[0]), queue.give_back(lost[1].number)
    assert states(queue) == ["WAITING", "WAITING"]
    back = [ask(other, "v", 9), ask(other, "v", 9)]
    assert [trial.number for trial in back] == [0, 1]
    assert [suggest(trial) for trial in back] == params
    assert [trial.user_attrs for trial in back] == [{"owner": "v", "attempts": 2}] * 2
    frozen = queue.study.get_trials()[1]
    assert (frozen.intermediate_values, frozen.params) == ({0: 0.5}, params[1])
    assert frozen.datetime_start > start, "it has begun again"
    assert ask(queue, "w", 9).number == 2


def test_a_trial_that_died_before_it_had_parameters_gets_those_it_would_have_had(queue, tmp_path):
    create_study(Place.at(tmp_path / "undisturbed"), ["minimize"], {})
    undisturbed = Queue(Place.at(tmp_path / "undisturbed"))
    expected = [suggest(ask(undisturbed, "w")) for _ in range(4)]
    drawn = [suggest(ask(queue, "w")) for _ in range(2)]
    lost = ask(queue, "w")
    drawn.append(suggest(ask(queue, "v")))
    queue.give_back(lost)
    drawn.insert(2, suggest(ask(queue, "u")))
    assert drawn == expected
    assert len({point["x"] for point in drawn}) == 4


def test_a_trial_that_died_between_its_parameters_keeps_the_first_and_samples_the_others(queue):
    from optuna.samplers import PartialFixedSampler, RandomSampler

    lost = ask(queue, "w")
    x = lost.suggest_float("x", 0, 100)
    queue.give_back(lost)
    for y in ("a", "b"):
        again = queue.ask("v", lambda _, y=y: PartialFixedSampler({"x": 7.0, "y": y}, RandomSampler()))
        assert suggest(again) == {"x": x, "y": y}
        queue.tell(again, "FAIL")
        lost = ask(queue, "w")
        x = lost.suggest_float("x", 0, 100)
        queue.give_back(lost)


def test_samplers_of_two_trials_do_not_mix(queue):
    from optuna.samplers import RandomSampler

    trials = [queue.ask("w", lambda _, seed=seed: RandomSampler(seed=seed)) for seed in (1, 2, 1)]
    drawn = {trial.number: suggest(trial) for trial in reversed(trials)}
    assert drawn[0] == drawn[2] != drawn[1]


def test_a_result_is_told_with_what_is_to_be_noted(queue, other):
    trial = ask(queue, "w")
    assert queue.tell(trial, "COMPLETE", [0.5], attrs={"seconds": 1.5, "epochs": 3})
    frozen = other.study.get_trials()[0]
    assert (frozen.state.name, frozen.value) == ("COMPLETE", 0.5)
    assert frozen.user_attrs == {"owner": "w", "attempts": 1, "seconds": 1.5, "epochs": 3}


def test_to_tell_again_changes_nothing(queue, other):
    from optuna.trial import TrialState

    trial = ask(queue, "w")
    assert queue.tell(trial, TrialState.COMPLETE, [0.5])
    assert queue.tell(trial, "COMPLETE", [0.7], attrs={"seconds": 1})
    assert not other.tell(0, "FAIL", reason="too late")
    frozen = queue.study.get_trials()[0]
    assert (frozen.value, frozen.user_attrs) == (0.5, {"owner": "w", "attempts": 1})


def test_the_result_of_a_trial_that_was_given_to_another_is_dropped(queue, other):
    late = ask(queue, "w")
    suggest(late)
    assert other.reap() == [0]
    now = ask(other, "v")
    assert not queue.tell(late, "COMPLETE", [1.0], attrs={"seconds": 1})
    assert not queue.tell(late.number, "FAIL", owner="w")
    queue.give_back(late)
    assert states(queue) == ["RUNNING"]
    assert other.tell(now, "COMPLETE", [2.0])
    assert not queue.tell(late, "COMPLETE", [1.0])
    frozen = queue.study.get_trials()[0]
    assert (frozen.value, frozen.user_attrs) == (2.0, {"owner": "v", "attempts": 2})


def test_the_result_of_a_trial_that_nobody_has_begun_again_stands(queue, other):
    late = ask(queue, "w")
    assert other.reap() == [0]
    assert queue.tell(late, "COMPLETE", [1.0])
    assert states(other) == ["COMPLETE"]
    assert other.ask("v", unwanted, 1) is None


def test_the_states_of_what_was_not_completed(queue):
    pruned, failed, infeasible, unbounded, undefined = (ask(queue, "w") for _ in range(5))
    pruned.report(0.5, 3)
    infeasible.report(0.7, 0)
    assert queue.tell(pruned, "PRUNED", reason="no better than others")
    assert queue.tell(failed.number, "FAIL", reason="boom", owner="w")
    assert queue.tell(infeasible, "INFEASIBLE", reason="no memory")
    assert queue.tell(infeasible, "INFEASIBLE")
    assert queue.tell(unbounded, "COMPLETE", [float("inf")])
    assert queue.tell(undefined, "COMPLETE", [float("nan")])
    trials = queue.study.get_trials()
    assert [trial.state.name for trial in trials] == ["PRUNED", "FAIL", "PRUNED", "FAIL", "FAIL"]
    assert [trial.value for trial in trials] == [0.5, None, None, None, None]
    reasons = ["no better than others", "boom", "no memory", "the objective is [inf]", "the objective is [nan]"]
    assert [trial.user_attrs["reason"] for trial in trials] == reasons
    assert trials[2].constraints == {"runs": 1.0}
    assert trials[2].user_attrs["infeasible"]
    assert not any(trial.constraints for trial in trials if trial.number != 2)


def test_only_the_dead_are_reaped(queue, place, tmp_path):
    process = start(hold, place.plain(), "dead", tmp_path / "ready")
    until(lambda: is_there(tmp_path / "ready"))
    with Lease.hold(place, "alive"):
        assert [ask(queue, owner).number for owner in ("alive", "dead")] == [0, 1]
        queue.study.ask()  # nobody's
        queue.enqueue(points(1))
        assert queue.reap() == [2]
        kill(process)
        begin = time.monotonic()
        assert queue.reap() == [1]
        assert time.monotonic() - begin < 1
        assert queue.reap() == []
        assert states(queue) == ["RUNNING", "WAITING", "WAITING", "WAITING"]
        assert queue.reap(dead=["alive"]) == [0], "the caller knows better"
    assert not list((tmp_path / "sweep").rglob("*dead*"))


def test_a_claim_may_be_entered_twice_by_a_thread_and_not_by_another_process(queue, place, tmp_path):
    with queue.claiming(), queue.claiming():
        queue.enqueue(points(1))
        process = start(die_claiming, place.plain(), tmp_path / "ready")
        time.sleep(0.5)
        assert not is_there(tmp_path / "ready")
    until(lambda: is_there(tmp_path / "ready"))
    kill(process)
    assert queue.ask("w", unwanted).number == 0


def test_what_a_broken_claim_has_left_is_claimed_again(queue, monkeypatch):
    from sqlalchemy.exc import OperationalError

    queue.enqueue(points(1))
    start, broken = queue._trials.start, []

    def breaks(trial_id):
        start(trial_id)
        if len(broken) < 2:
            broken.append(trial_id)
            raise OperationalError("UPDATE", {}, Exception("the connection is gone, the work was done"))

    monkeypatch.setattr(queue._trials, "start", breaks)
    assert ask(queue, "w", 2).number == 0
    assert len(broken) == 2
    broken.clear()
    assert ask(queue, "v", 2).number == 1
    assert ask(queue, "u", 2) is None
    assert states(queue) == ["RUNNING", "RUNNING"]


def test_what_is_done_under_a_claim_is_not_repeated_without_it(queue, monkeypatch):
    from sqlalchemy.exc import OperationalError

    from runner.sweep.outage import patiently

    tries, start = [], queue._trials.start

    def breaks(trial_id):
        tries.append(queue.is_claiming)
        if len(tries) < 2:
            raise OperationalError("UPDATE", {}, Exception("the connection is gone, and the lock with it"))
        start(trial_id)

    monkeypatch.setattr(queue._trials, "start", breaks)

    def claim():
        with queue.claiming():
            return ask(queue, "w")

    with pytest.raises(OperationalError):
        claim()
    assert not queue.is_claiming
    assert patiently(claim).number == 0
    assert tries == [True, True]


def test_four_parents_make_a_study_and_enqueue_its_design_once(tmp_path):
    place = Place.at(tmp_path / "sweep")
    at_once(create, place.plain(), points(12))
    fixed = [trial.system_attrs["fixed_params"] for trial in open_study(place).get_trials()]
    assert fixed == points(12)


def test_four_workers_make_no_trial_too_many(tmp_path):
    place = Place.at(tmp_path / "sweep")
    create_study(place, ["minimize"], {})
    at_once(work_under_a_name_of_its_own, place.plain(), 10, tmp_path / "log")
    trials = open_study(place).get_trials()
    assert [trial.number for trial in trials] == list(range(10))
    assert [trial.value for trial in trials] == [value(trial.params) for trial in trials]
    assert len({trial.params["x"] for trial in trials}) == 10


def work_under_a_name_of_its_own(plain, total, log):
    import os

    work(plain, f"hand-{os.getpid()}", total, log)


def test_a_trial_costs_milliseconds(tmp_path):
    place = Place.at(tmp_path)
    create_study(place, ["minimize"], {})
    queue = Queue(place)
    begin = time.process_time()
    for _ in range(50):
        trial = ask(queue, "w", 200)
        queue.tell(trial, "COMPLETE", [value(suggest(trial))])
    first = time.process_time() - begin
    assert first < 0.75, "3 ms each were measured"
    begin = time.process_time()
    assert queue.enqueue(points(1000)) == 1000
    assert time.process_time() - begin < 2, "0.1 s was measured"


@pytest.mark.siege
def test_workers_that_are_killed_leave_no_trace(tmp_path):
    siege(Place.at(tmp_path / "sweep"), strikes=10)
