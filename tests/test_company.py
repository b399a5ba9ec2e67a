import subprocess
import sys

import pytest

from runner.company import NAMES, in_company, speaks


@pytest.mark.parametrize(
    ("variables", "many", "main"),
    [
        ({}, False, True),
        ({"RANK": "0", "WORLD_SIZE": "1"}, False, True),
        ({"RANK": "0", "WORLD_SIZE": "2"}, True, True),
        ({"RANK": "1", "WORLD_SIZE": "2"}, True, False),
        ({"SLURM_PROCID": "3", "SLURM_STEP_NUM_TASKS": "4"}, True, False),
    ],
)
def test_it_knows_whether_there_are_others_and_who_speaks(monkeypatch, variables, many, main):
    for name in (*NAMES, "SLURM_PROCID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert (in_company(), speaks()) == (many, main)


def test_it_leaves_at_once_and_nothing_that_was_said_is_lost():
    code = "import threading, time, sys; from runner.company import leave; print('said', end='');"
    code += "threading.Thread(target=time.sleep, args=(60,)).start(); leave(7)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (7, "said")
