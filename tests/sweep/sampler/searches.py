"""Searches of functions that cost nothing, with a sampler that is made anew for each trial."""

import numpy as np
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def hills(point):
    """A high and narrow hill beside a low and wide one, on the unit square; 1 is the best."""
    x, y = point["x"], point["y"]
    narrow = np.exp(-((x - 0.75) ** 2 + (y - 0.2) ** 2) / 0.03)
    return float(max(narrow, 0.6 * np.exp(-((x - 0.3) ** 2 + (y - 0.7) ** 2) / 0.1)))


def history(function, space, objective, trials, seed=0, tell=None, **options):
    """Return the study after so many trials.

    Args:
        function: Of a sampler.
        space: Is searched.
        objective: Its value at a point; more is better.
        trials: How many.
        seed: Of the search.
        tell: (study, trial, value) -> None; unless told every trial is complete.
        options: Of the sampler.
    """
    names = function.__code__.co_varnames
    study = optuna.create_study(
        direction="maximize", pruner=optuna.pruners.NopPruner(), sampler=optuna.samplers.RandomSampler(0)
    )
    for number in range(trials):
        facts = {"seed": 100_003 * seed + number, "study_seed": seed, "space": space}
        study.sampler = function(**{name: fact for name, fact in facts.items() if name in names}, **options)
        trial = study.ask()
        value = objective(space.suggest(trial))
        if tell:
            tell(study, trial, value)
        else:
            study.tell(trial, value)
    return study


def best(*args, **options):
    """Return the best value of a search."""
    return history(*args, **options).best_value
