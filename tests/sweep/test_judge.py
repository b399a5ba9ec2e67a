import logging
import warnings

import optuna
import pytest
import yaml
from omegaconf import OmegaConf
from optuna.trial import TrialState

from runner.sweep import judge as module
from runner.sweep.judge import Judge
from runner.sweep.place import Place
from runner.sweep.study import create_study, open_study

ASHA = OmegaConf.create({"_target_": "runner.sweep.pruner.asha.asha", "reduction": 3, "first": 1})
MEDIAN = {"_target_": "optuna.pruners.MedianPruner", "n_startup_trials": 1}


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def place(tmp_path):
    place = Place.at(tmp_path / "s")
    create_study(place, ["maximize"], {})
    return place


def ask(place):
    return open_study(place).ask()._trial_id


def values(place, trial):
    found = next(t for t in open_study(place).get_trials() if t._trial_id == trial)
    return found.intermediate_values


def test_values_get_into_the_study_and_who_is_not_among_the_best_third_is_given_up(place):
    answers = {}
    for value in (0.7, 0.8, 0.1, 0.9):
        trial = ask(place)
        answers[value] = Judge(place, trial, ASHA, 9)(1, value)
        assert values(place, trial) == {1: value}
    assert answers == {0.7: None, 0.8: None, 0.1: "by asha", 0.9: None}


def test_without_a_pruner_it_only_reports(place):
    trial = ask(place)
    judge = Judge(place, trial, None, 3)
    assert [judge(epoch, 0.5) for epoch in (1, 2, 3)] == [None, None, None]
    assert values(place, trial) == {1: 0.5, 2: 0.5, 3: 0.5}


def median_of(place, epochs=4):
    """A study in which one trial has ended; and a judge of a second one."""
    study = open_study(place)
    good = study.ask()
    for epoch in range(1, 5):
        good.report(0.9, epoch)
    study.tell(good, 0.9)
    trial = ask(place)
    return trial, Judge(place, trial, MEDIAN, epochs)


def test_epochs_that_were_reported_before_are_not_reported_again_and_the_last_is_asked_about(place):
    trial, _ = median_of(place)
    first = optuna.trial.Trial(open_study(place), trial)
    first.report(0.2, 1)
    first.report(0.1, 2)  # and killed before it could ask
    judge = Judge(place, trial, MEDIAN, 4)
    assert judge(1, 0.123) is None
    assert judge(2, 0.123) == "by MedianPruner"
    assert values(place, trial) == {1: 0.2, 2: 0.1}
    assert judge(3, 0.2) == "by MedianPruner"
    assert values(place, trial)[3] == 0.2


def test_who_has_used_the_whole_budget_is_not_given_up(place):
    trial, judge = median_of(place, epochs=3)
    assert judge(3, 0.1) is None
    assert values(place, trial) == {3: 0.1}


def test_a_trial_that_somebody_else_has_ended_stops(place):
    _, judge = median_of(place)
    study = open_study(place)
    study.tell(study.trials[1].number, state=TrialState.FAIL)
    assert judge(1, 1.0) == "somebody else has ended the trial"


def test_a_storage_that_does_not_answer_costs_the_judgement_not_the_training(place, monkeypatch, caplog):
    from sqlalchemy.exc import OperationalError

    _, judge = median_of(place)

    def fail(*_):
        raise OperationalError("x", {}, Exception("server closed the connection: password"))

    monkeypatch.setattr(module, "PATIENCE", 0.0)
    monkeypatch.setattr(Judge, "judge", fail)
    monkeypatch.setattr(logging.getLogger("runner"), "propagate", True)
    with caplog.at_level(logging.WARNING):
        assert judge(1, 0.1) is None
    assert "epoch 1 is not judged" in caplog.text


def test_another_process_is_told_in_plain_values(place):
    judge = Judge(place, 7, ASHA, 9)
    words = yaml.safe_load(yaml.safe_dump(judge.plain()))
    assert Judge.of(words) == Judge(place, 7, OmegaConf.to_container(ASHA), 9)
