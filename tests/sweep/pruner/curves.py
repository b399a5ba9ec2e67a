"""Searches whose learning curves are given, to see which trials a pruner lets live, and for how long."""

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def lives(pruner, curves, maximize=True):
    """Return after how many epochs each trial ended, in a search of one trial after the other."""
    study = optuna.create_study(
        direction="maximize" if maximize else "minimize", pruner=pruner, sampler=optuna.samplers.RandomSampler(0)
    )
    found = []
    for curve in curves:
        trial = study.ask()
        for epoch, value in enumerate(curve, 1):
            trial.report(value, epoch)
            if epoch < len(curve) and trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, curve[-1])
        found.append(epoch)
    return found


def flat(*values, epochs=27):
    """Return curves that stay at one value each."""
    return [[value] * epochs for value in values]
