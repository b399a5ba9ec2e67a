"""Settings of a search that do not go together are refused, with the way out."""

import pytest

from tests.sweep.asked import problems

LR = "optimizer.lr=tag(log,interval(1e-4,1e-1))"
TWO = "objective=[valid/accuracy,params]"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((TWO, LR, "sweep=bayes"), "cannot be pruned"),
        ((TWO, LR, "sweep=forest", "sweep/pruner=none"), "looks for one objective: use sweep=nsga2"),
        ((TWO, LR, "sweep=gp", "sweep/pruner=none"), "looks for one objective"),
        ((TWO, "seed=0,1", "sweep.confirm={top: 2, seeds: 2}"), "there is no best trial of several"),
        ((LR, "sweep=bayes", "sweep.trials=null"), "how many? sweep=bayes never ends by itself"),
        (("seed=0,1", "sweep.coarse_to_fine={trials: 4}"), "for a sampler that learns"),
        ((LR, "sweep=bayes", "sweep.coarse_to_fine={trails: 4}"), "unexpected keyword argument 'trails'"),
        ((LR, "sweep=bayes", "sweep.coarse_to_fine={epochs: 4}"), "are shares of 1"),
        ((LR, "sweep=bayes", "epochs=1,2", "sweep.coarse_to_fine={trials: 4}"), "cannot be searched too"),
        (("seed=0,1", "sweep.name=a/b"), "give a plain name"),
        (("seed=0,1", "sweep.name=latest"), "give a plain name"),
        (("seed=0,1", "sweep.storage=sqlite:///x.db"), "needs a sweep.name"),
        (("seed=0,1", "sweep.storage=postgre://x/y", "sweep.name=x"), "did you mean postgresql"),
        (("seed=0,1", "sweep.budget=2 weeks"), "sweep.budget"),
        (("seed=0,1", "sweep.trial_timeout=soon"), "sweep.trial_timeout"),
        ((LR, "sweep=bayes", "hydra/launcher=basic"), "would ignore sweep.trials, sweep"),
        (("seed=0,1", "sweep.seeds=2", "hydra/launcher=basic"), "would ignore sweep.seeds"),
        (("seed=0,1", "sweep.confirm={tops: 3, seeds: 2}"), "{top: 3, seeds: 5}"),
        (("seed=0,1", "sweep.name=trials"), "give a plain name"),
        (("seed=0,1", "sweep.pruner=median"), "write sweep/pruner=median"),
        (("seed=0,1", "sweep.trails=3"), "did you mean sweep.trials?"),
        ((LR, "sweep=bayes", "sweep.sampler.seed=3"), "comes from sweep.seed"),
        (("seed=0,1", "objective=[valid/accuracy]"), "two different objectives"),
        (("seed=0,1", "objective=[valid/acuracy,params]"), "did you mean valid/accuracy?"),
    ],
)
def test_what_does_not_go_together(words, message):
    found = problems("model=mlp", *words)
    assert any(message in text for text, _ in found), found


@pytest.mark.parametrize(
    "words",
    [
        (TWO, LR, "sweep=nsga2", "sweep/pruner=none"),
        (TWO, LR, "sweep=gp", "sweep/pruner=none", "sweep.sampler.acquisition=logei"),
        (LR, "sweep=random", "sweep.trials=3", "sweep/pruner=asha"),
        (LR, "sweep=bayes", "sweep.coarse_to_fine={trials: 4}"),
        ("seed=0,1", "sweep.budget=2h", "sweep.trial_timeout=90"),
        ("seed=0,1", "hydra/launcher=basic"),
    ],
)
def test_what_does(words):
    assert problems("model=mlp", *words) == []
