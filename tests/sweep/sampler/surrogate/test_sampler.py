import numpy as np
import optuna
import pytest

from runner.sweep.sampler.surrogate.design import sobol
from runner.sweep.sampler.surrogate.sampler import SurrogateSampler
from runner.sweep.space import Choice, Interval, Space

optuna.logging.set_verbosity(optuna.logging.ERROR)

SPACE = Space((Interval("x", ("x",), 0.0, 1.0), Interval("y", ("y",), 0.0, 1.0)))
MIDDLE = np.array([0.5, 0.25])


def study_of():
    return optuna.create_study(pruner=optuna.pruners.NopPruner(), sampler=optuna.samplers.RandomSampler(0))


def ask(study, model=lambda encoder, history, generator: MIDDLE, space=SPACE, **options):
    options = {"seed": len(study.trials), "study_seed": 7, "start": 4, **options}
    study.sampler = SurrogateSampler(model, space, **options)
    trial = study.ask()
    return trial, tuple(SPACE.suggest(trial).values())


def test_it_starts_with_one_even_sequence_though_it_is_made_anew_each_time():
    study, points = study_of(), []
    for _ in range(5):
        trial, point = ask(study)
        study.tell(trial, 0.0)
        points.append(point)
    assert points[:4] == [tuple(row) for row in sobol(4, 2, 7).tolist()]
    assert points[4] == tuple(MIDDLE)


def test_the_model_waits_until_half_of_the_start_has_a_value():
    study = study_of()
    trials = [ask(study)[0] for _ in range(6)]
    assert all(trial.params != {"x": 0.5, "y": 0.25} for trial in trials)
    study.tell(trials[0], 0.0)
    assert ask(study)[1] != tuple(MIDDLE)
    study.tell(trials[1], 0.0)
    assert ask(study)[1] == tuple(MIDDLE)


def test_now_and_then_a_trial_is_random():
    study, points = study_of(), []
    for _ in range(12):
        trial, point = ask(study, random=3)
        study.tell(trial, 0.0)
        points.append(point)
    assert [point == tuple(MIDDLE) for point in points[4:]] == [True, False, True, True, False, True, True, False]


def test_the_model_is_told_what_is_known_and_what_is_under_way():
    told = []

    def model(encoder, history, generator):
        told.append(history)
        return MIDDLE

    study = study_of()
    for number in range(6):
        trial, _ = ask(study, model)
        if number not in (2, 5):
            study.tell(trial, float(number))
    ask(study, model)
    assert told[-1].scores.tolist() == [0, -1, -3, -4]
    assert len(told[-1].pending) == 2


def test_even_points_of_a_space_of_few_are_all_different():
    space = Space((Choice("x", ("x",), (("a",), ("b",), ("c",))), Choice("y", ("y",), (("1",), ("2",)))))
    study, points = study_of(), []
    for number in range(6):
        study.sampler = SurrogateSampler(lambda *_: MIDDLE, space, seed=number, study_seed=0, start=6)
        trial = study.ask()
        points.append(tuple(space.suggest(trial).values()))
        study.tell(trial, 0.0)
    assert len(set(points)) == 6


def test_without_a_space_it_models_what_all_trials_have():
    def model(encoder, history, generator):
        assert list(encoder.axes) == ["x"]
        return np.array([0.125])

    study = study_of()
    for number in range(6):
        study.sampler = SurrogateSampler(model, None, seed=number, study_seed=7, start=2)
        trial = study.ask()
        x = trial.suggest_float("x", 0, 1)
        if number % 2:
            trial.suggest_float("y", 0, 1)
        study.tell(trial, x)
    assert [trial.params["x"] for trial in study.trials[2:]] == [0.125] * 4


def test_several_objectives_are_not_its_business():
    study = optuna.create_study(directions=["minimize", "minimize"])
    with pytest.raises(RuntimeError):
        ask(study)
