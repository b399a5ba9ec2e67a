import os
import pickle

import pytest
from optuna.trial import TrialState, create_trial

from runner.sweep.sampler.cmaes import cmaes
from runner.sweep.sampler.remembered import restored
from runner.sweep.space import Interval, Space
from tests.sweep.sampler.searches import history

CUBE = Space(tuple(Interval(name, (name,), 0.0, 1.0) for name in "xy"))


class Hostile:
    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return os.system, (f"touch {self.canary}",)


def test_a_distribution_is_read_back_as_optuna_wrote_it():
    trials = history(cmaes, CUBE, lambda point: point["x"], 20).trials
    found = restored(trials, "cma:optimizer:")
    pieces = next(
        [trial.system_attrs[key] for key in sorted(trial.system_attrs) if key.startswith("cma:optimizer:")]
        for trial in reversed(trials)
        if "cma:optimizer:0" in trial.system_attrs
    )
    expected = pickle.loads(bytes.fromhex("".join(pieces)))
    assert type(found) is type(expected)
    assert (found.mean == expected.mean).all()
    assert restored([], "cma:optimizer:") is None


def test_a_pickle_in_a_study_from_elsewhere_is_not_run(tmp_path):
    canary = tmp_path / "canary"
    attrs = {"cma:optimizer:0": pickle.dumps(Hostile(canary)).hex()}
    trial = create_trial(state=TrialState.COMPLETE, value=0.0, system_attrs=attrs)
    sampler = cmaes(seed=0)
    with pytest.raises(ValueError, match=r"the study asks for posix\.system, which is no part of CMA-ES"):
        sampler._restore_optimizer([trial])
    assert not canary.exists()
