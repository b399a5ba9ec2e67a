import numpy as np
import pytest
from optuna.trial import TrialState

from runner.sweep.sampler.bayes import bayes
from runner.sweep.space import Choice, Interval, Space
from tests.sweep.sampler.searches import best, hills, history

PLANE = Space((Interval("x", ("x",), 0.0, 1.0), Interval("y", ("y",), 0.0, 1.0)))
RIDGE = Space(
    (
        Choice("kind", ("kind",), (("a",), ("b",))),
        Interval("x", ("x",), 0.0, 1.0, when={"kind": frozenset("a")}),
        Interval("y", ("y",), 0.0, 1.0, when={"kind": frozenset("a")}),
    )
)


def bowl(point):
    return -((point["x"] - 0.3) ** 2) - (point["y"] - 0.6) ** 2


def test_it_beats_random_search_on_a_smooth_function():
    ours = [best(bayes, PLANE, bowl, 50, seed) for seed in range(5)]
    random = [max(bowl({"x": x, "y": y}) for x, y in np.random.default_rng(s).random((100, 2))) for s in range(9)]
    assert np.median(ours) > np.median(random)


def test_parameters_that_appear_together_are_modelled_together():
    def value(point):
        return point["x"] + point["y"] if point["kind"] == "a" else 0.5

    study = history(bayes, RIDGE, value, 20)
    together = bayes(seed=0, space=RIDGE).infer_relative_search_space(study, study.trials[-1])
    assert together.keys() == {"kind", "x", "y"}
    for options in ({"multivariate": False}, {"objectives": ["loss", "params"]}):
        assert bayes(seed=0, space=RIDGE, **options).infer_relative_search_space(study, study.trials[-1]) == {}


def test_it_keeps_away_from_what_cannot_run():
    def tell(study, trial, value):
        if trial.params["x"] > 0.5:
            trial.set_constraint("runs", 1.0)
            study.tell(trial, state=TrialState.PRUNED)
        else:
            study.tell(trial, value)

    study = history(bayes, PLANE, lambda point: point["y"], 40, tell=tell)
    assert np.mean([trial.params["x"] > 0.5 for trial in study.trials[20:]]) < 0.3


def test_it_starts_with_random_trials():
    points = [
        [tuple(trial.params.values()) for trial in history(bayes, PLANE, function, 5, start=5).trials]
        for function in (hills, lambda point: -hills(point))
    ]
    assert points[0] == points[1]


@pytest.mark.parametrize("objectives", [None, ["loss"], ["loss", "params"]])
def test_it_takes_any_number_of_objectives(objectives):
    assert bayes(seed=0, space=RIDGE, objectives=objectives)
