"""Real studies with trials in them, as workers would have left them."""

import json
from datetime import datetime, timedelta

from runner.sweep.place import Place
from runner.sweep.results import read_results
from runner.sweep.study import create_study

START = datetime(2026, 11, 22, 12)


def study(folder, *, objectives=("valid/accuracy",), directions=("maximize",), name=None, suffix="", **facts):
    """A study with a journal in a folder."""
    place = Place.at(folder, study=(name or folder.name) + suffix)
    facts = {"name": name or folder.name, "objectives": list(objectives), "epochs": 10, **facts}
    return create_study(place, list(directions), facts)


def identity(space, sampler="runner.sweep.sampler.bayes.bayes", **rest):
    return json.dumps({"space": space, "sampler": {"_target_": sampler}, **rest})


def add(study, state="COMPLETE", value=None, texts=None, *, curve=None, params=None, distributions=None, **attrs):
    """Add a trial that has ended; its run folder is that of its number."""
    from optuna.trial import TrialState, create_trial

    number = len(study.get_trials(deepcopy=False))
    said = {"run": f"trials/{number}", "seconds": 1.5, "epochs": 10, "owner": f"here-1-{number % 2}-abcdef"}
    if texts is not None:
        said["overrides"] = [f"{key}={text}" for key, text in texts.items()]
    values = None if value is None else list(value) if isinstance(value, list | tuple) else [value]
    trial = create_trial(
        state=TrialState[state],
        values=values,
        params=params or {},
        distributions=distributions or {},
        user_attrs=said | attrs,
        intermediate_values=curve or {},
    )
    trial.datetime_start = START + timedelta(seconds=number)
    trial.datetime_complete = START + timedelta(seconds=number + 1.5)
    study.add_trial(trial)
    return number


def searched(study, count=24, seed=0):
    """Run a small search over a rate, a part, and a width that only one of the parts has."""
    import math
    import random

    from optuna.trial import TrialState

    noise = random.Random(seed)
    for index in range(count):
        trial = study.ask()
        rate = trial.suggest_float("optimizer.lr", 1e-4, 1.0, log=True)
        model = trial.suggest_categorical("model", ["cnn", "mlp"])
        texts = [f"optimizer.lr={rate}", f"model={model}"]
        if model == "cnn":
            texts.append(f"model.width={trial.suggest_int('model.width', 8, 64)}")
        value = 0.9 - 0.1 * (math.log10(rate) + 2) ** 2 + noise.gauss(0, 0.01)
        facts = {"overrides": texts, "run": f"trials/{index}", "owner": f"here-7-{index % 2}-abcdef", "seconds": 2.0}
        for name, fact in facts.items():
            trial.set_user_attr(name, fact)
        last = 2 if value < 0.6 else 5
        for epoch in range(1, last + 1):
            trial.report(value * epoch / 5, epoch)
        trial.set_user_attr("epochs", last)
        if last < 5:
            study.tell(trial, state=TrialState.PRUNED)
        else:
            study.tell(trial, value)
    return read_results(study)
