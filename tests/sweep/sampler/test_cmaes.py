import pytest
from optuna.trial import TrialState

from runner.sweep.sampler.cmaes import cmaes
from runner.sweep.space import Choice, Interval, Space
from tests.sweep.sampler.searches import best, history

CUBE = Space(tuple(Interval(name, (name,), 0.0, 1.0) for name in "xyz"))


def bowl(point):
    return -sum((value - 0.3) ** 2 for value in point.values() if isinstance(value, float))


def test_it_closes_in_though_it_is_made_anew_each_time():
    assert best(cmaes, CUBE, bowl, 120) > -1e-3
    generations = [trial.system_attrs.get("cma:generation", 0) for trial in history(cmaes, CUBE, bowl, 40).trials]
    assert generations == sorted(generations)
    assert generations[-1] == 39 // 7  # seven trials each, in three dimensions


def test_generations_are_as_large_as_was_asked_for():
    generations = [
        trial.system_attrs.get("cma:generation") for trial in history(cmaes, CUBE, bowl, 13, population=4).trials
    ]
    assert generations == [None, *[0] * 4, *[1] * 4, *[2] * 4]


@pytest.mark.parametrize(("pruned", "generation"), [(True, 1), (False, 0)])
def test_pruned_trials_count_if_they_are_to(pruned, generation):
    def tell(study, trial, value):
        if trial.number % 2:
            trial.report(value, 1)
            study.tell(trial, state=TrialState.PRUNED)
        else:
            study.tell(trial, value)

    study = history(cmaes, CUBE, bowl, 14, tell=tell, pruned=pruned)
    assert study.trials[-1].system_attrs["cma:generation"] == generation


def test_of_names_the_better_one_is_learnt():
    space = Space((*CUBE.dimensions, Choice("name", ("name",), (("good",), ("bad",), ("ugly",)))))
    study = history(cmaes, space, lambda point: bowl(point) + (point["name"] == "good"), 60)
    assert sum(trial.params["name"] == "good" for trial in study.trials[30:]) > 20


def test_several_objectives_are_refused():
    with pytest.raises(ValueError, match="sweep=cmaes looks for one objective"):
        cmaes(seed=0, objectives=["loss", "params"])
