"""Who proposes trials: made anew each time, a function of the seed and of how many trials there are."""

from optuna.samplers import TPESampler

from runner.sweep.interval import Interval
from runner.sweep.proposal import proposer
from runner.sweep.sampler.design import Design
from runner.sweep.settings import Settings
from runner.sweep.space import Space

SPACE = Space((Interval("lr", ("lr",), 0.0, 1.0),))
BAYES = Settings({"_target_": "runner.sweep.sampler.bayes.bayes", "start": 3})


def draw(settings, count):
    import optuna

    sampler = proposer(settings, SPACE, ["valid/accuracy"], count)
    return optuna.create_study(sampler=sampler).ask().suggest_float("x", 0, 1)


def test_a_design_is_told_from_a_sampler():
    assert isinstance(proposer(Settings({"_target_": "runner.sweep.sampler.grid.grid"}), SPACE, ["a"], 0), Design)
    made = proposer(BAYES, SPACE, ["a"], 0)
    assert isinstance(made, TPESampler)
    assert not isinstance(made, Design)
    assert made is not proposer(BAYES, SPACE, ["a"], 0)


def test_any_sampler_of_optuna_can_be_named():
    assert draw(Settings({"_target_": "optuna.samplers.RandomSampler"}), 4) >= 0


def test_the_draw_depends_on_the_seed_and_on_the_number_of_trials_alone():
    assert draw(BAYES, 5) == draw(BAYES, 5)
    assert len({draw(BAYES, count) for count in range(20)}) == 20
    other = Settings(BAYES.sampler, seed=1)
    assert draw(other, 5) != draw(BAYES, 5)
