"""Training the best few again: which, with which seeds, and where."""

import optuna
from optuna.trial import FixedTrial

from runner.sweep.confirm import Confirming, points
from runner.sweep.row import Row


def test_every_one_of_the_best_with_every_seed_the_seeds_in_turn():
    best = [Row(7, "COMPLETE"), Row(2, "COMPLETE")]
    design = points(best, {7: range(1, 4), 2: range(1, 4)})
    assert [(point["of"], point["seed"]) for point in design] == [(7, 1), (2, 1), (7, 2), (2, 2), (7, 3), (2, 3)]
    assert points([], {}) == []


def test_a_trial_is_looked_up_and_says_what_it_repeats():
    study = optuna.create_study()
    study.enqueue_trial({"of": 7, "seed": 3})
    trial = study.ask()
    work = Confirming({7: ["model=mlp", "seed=0"]}).work(trial)
    assert work.overrides == ["model=mlp", "seed=0", "seed=3"], "the later word counts"
    assert (work.run, work.seeds) == ("trials/7-seed3", 1)
    assert (trial.user_attrs["of"], trial.user_attrs["seed"]) == (7, 3)


def test_one_that_comes_back_is_the_same():
    trial = FixedTrial({"of": 7, "seed": 3})
    stage = Confirming({7: []})
    assert stage.work(trial) == stage.work(trial)
