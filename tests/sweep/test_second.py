"""How the stage stands that trains the best trials again."""

import optuna
from optuna.trial import TrialState, create_trial

from runner.sweep.second import WANTED, read_second


def stage(*runs, wanted=None):
    """Return a study of trainings: trial, seed, state, value."""
    study = optuna.create_study()
    if wanted:
        study.set_user_attr(WANTED, wanted)
    for of, seed, state, value in runs:
        attrs = {"of": of, "seed": seed, **({"reason": "boom"} if state == "FAIL" else {})}
        study.add_trial(create_trial(state=TrialState[state], value=value, user_attrs=attrs))
    return study


TWO = {"trials": [3, 7], "seeds": 2}


def test_nothing_is_decided_before_all_seeds_are_there():
    runs = [(3, 1, "COMPLETE", 0.5), (7, 1, "COMPLETE", 0.4), (3, 2, "COMPLETE", 0.7), (7, 2, "RUNNING", None)]
    again, second = read_second(stage(*runs, wanted=TWO))
    assert again == {3: {1: 0.5, 2: 0.7}, 7: {1: 0.4}}
    assert (second.seeds, second.decides, second.left) == (2, False, 1)
    _, second = read_second(stage(*runs[:3], (7, 2, "COMPLETE", 0.9), wanted=TWO))
    assert (second.decides, second.left) == (True, 0)


def test_what_diverged_is_over_and_what_failed_decides_nothing():
    runs = [(3, 1, "COMPLETE", 0.5), (7, 1, "COMPLETE", 0.4), (3, 2, "COMPLETE", 0.7)]
    again, second = read_second(stage(*runs, (7, 2, "PRUNED", None), wanted=TWO))
    assert (second.decides, second.left, second.failed) == (True, 0, ())
    assert 2 not in again[7]
    _, second = read_second(stage(*runs, (7, 2, "FAIL", None), wanted=TWO))
    assert (second.decides, second.left) == (False, 0)
    assert second.failed == ("trial #7 could not be confirmed with seed 2: boom",)


def test_a_stage_that_has_not_begun():
    assert read_second(stage()) == ({}, read_second(stage())[1])
    assert read_second(stage())[1].left is None
