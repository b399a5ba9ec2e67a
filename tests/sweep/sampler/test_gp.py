import subprocess
import sys

import numpy as np
import optuna
import pytest
from optuna.samplers import GPSampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from runner.sweep.sampler.gp import gp
from runner.sweep.space import Interval, Space
from tests.sweep.sampler.searches import best, hills

PLANE = Space((Interval("x", ("x",), 0.0, 1.0), Interval("y", ("y",), 0.0, 1.0)))


@pytest.mark.parametrize("acquisition", ["ei", "pi", "ucb"])
def test_it_beats_random_search_on_a_smooth_function(acquisition):
    """Twenty-four of its trials are better than sixty random ones."""
    ours = [best(gp, PLANE, hills, 24, seed, acquisition=acquisition) for seed in range(5)]
    random = [
        max(hills(dict(zip("xy", row, strict=True))) for row in np.random.default_rng(s).random((60, 2)))
        for s in range(9)
    ]
    assert np.median(ours) > np.median(random)


def test_logei_is_optunas_own():
    sampler = gp(seed=3, acquisition="logei")
    assert type(sampler) is GPSampler


@pytest.mark.parametrize("acquisition", ["ei", "pi", "ucb"])
def test_several_objectives_need_logei(acquisition):
    with pytest.raises(
        ValueError, match=rf"sweep=gp with sweep.sampler.acquisition={acquisition} looks for one objective"
    ):
        gp(seed=0, objectives=["loss", "params"], acquisition=acquisition)
    assert type(gp(seed=0, objectives=["loss", "params"], acquisition="logei")) is GPSampler


WORKER = """
import fcntl, sys, optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from runner.sweep.sampler.gp import gp
from tests.sweep.sampler.searches import hills
from tests.sweep.sampler.test_gp import PLANE
study = optuna.load_study(
    study_name="search", storage=JournalStorage(JournalFileBackend(sys.argv[1])),
    sampler=optuna.samplers.RandomSampler(0), pruner=optuna.pruners.NopPruner(),
)
count = 0
while count < 30:
    with open(sys.argv[1] + ".claim", "w") as claim:
        fcntl.flock(claim, fcntl.LOCK_EX)  # as a worker does, so that nobody asks between a trial and its values
        count = len(study.get_trials(deepcopy=False))
        study.sampler = gp(seed=count, space=PLANE, study_seed=0)
        trial = study.ask()
        point = PLANE.suggest(trial)
    study.tell(trial, hills(point))
"""


@pytest.mark.slow
def test_processes_that_share_a_study_search_together(tmp_path):
    path = str(tmp_path / "study.journal")
    storage = JournalStorage(JournalFileBackend(path))
    study = optuna.create_study(storage=storage, study_name="search", direction="maximize")
    workers = [subprocess.Popen([sys.executable, "-c", WORKER, path]) for _ in range(2)]
    assert [worker.wait(120) for worker in workers] == [0, 0]
    assert len({tuple(trial.params.values()) for trial in study.trials}) == len(study.trials) in (31, 32)
    assert study.best_value > 0.9
