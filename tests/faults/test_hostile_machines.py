"""The same folders seen by another user or machine, through the real command line: who made what, and who says so."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NET = "from runner.model.mlp import MLP\nclass MyNet(MLP):\n    pass\n"
SMALL = ["dataset=noise", "dataset.samples=96", "epochs=1", "callback=[record,checkpoint]"]
OWN = ["model=mlp", "model.widths=[8]", "model._target_=mynet.MyNet"]

pytestmark = pytest.mark.siege


@pytest.fixture
def runner(tmp_path):
    """Run ``runner WORDS`` in one folder, as one of several users who share it."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "mynet.py").write_text(NET)

    def run(user, *words, launcher=()):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path / user)}
        return subprocess.run(
            [sys.executable, *launcher, "-m", "runner", *words],
            cwd=tmp_path / "shared",
            env=environment,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    return run


def refused(done):
    """Return the command that a refusal asks for."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return shlex.split(re.search(r"If you know what that is: runner (.*)", done.stderr)[1])


def test_an_ordinary_run_goes_on_anywhere_and_ones_own_class_with_a_word(runner):
    assert runner("me", *SMALL, "model=mlp", "hydra.run.dir=outputs/plain").returncode == 0
    assert runner("you", "resume", "plain", "epochs=2").returncode == 0
    assert runner("me", *SMALL, *OWN, "hydra.run.dir=outputs/own").returncode == 0
    assert runner("me", "resume", "own", "epochs=2").returncode == 0
    words = refused(runner("you", "resume", "own", "epochs=3"))
    assert words == ["resume", "own", "epochs=3", "--trust", "mynet:MyNet"]
    assert runner("you", *words).returncode == 0
    assert runner("you", "eval", "own").returncode == 0, "who has resumed a run has made it his own"
    refused(runner("me", "eval", "own"))  # what it is now was written by somebody else


def test_trials_of_a_search_are_known_where_they_were_made(runner):
    words = ["-m", "sweep.name=first", "seed=0,1", *SMALL, *OWN]
    done = runner("me", *words)
    assert done.returncode == 0, done.stderr
    assert runner("me", "eval", "first/trials/1").returncode == 0
    assert runner("me", "resume", "first").returncode == 0
    assert refused(runner("you", "resume", "first")) == ["resume", "first", "--trust", "mynet:MyNet"]
    assert runner("you", "show", "first").returncode == 0


@pytest.mark.parametrize("launcher", [(), ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")])
def test_several_processes_make_one_run(runner, launcher):
    if launcher:
        done = runner("me", *SMALL, *OWN, "hardware=ddp", "hardware.device=cpu", launcher=launcher)
    else:
        done = runner("me", *SMALL, *OWN, "hardware.processes=2", "hardware.device=cpu")
    assert done.returncode == 0, done.stderr
    assert runner("me", "eval", "latest").returncode == 0
    refused(runner("you", "eval", "latest"))
