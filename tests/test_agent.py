import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure

from runner.agent import tell
from runner.redact import remember

ROOT = Path(__file__).parent.parent
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "runner")
WORDS = ("hardware=ddp", "hardware.device=cpu", "model=mlp", "epochs=1000", "~callback.mlflow", "~callback.progress")
BOMB = '''
import os
from runner.callback.base import Callback

class Bomb(Callback):
    """Goes off in the second process."""

    def __init__(self, how: str):
        self.how = how

    def step(self, run):
        if run.step == 12 and run.hardware.group.rank == 1:
            if self.how == "raise":
                raise RuntimeError("the bomb went off")
            os.kill(os.getppid(), 9)
'''


def told(path, monkeypatch, error):
    """Raise an error, tell the agent, and return what it reads."""
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(path))
    try:
        raise error
    except Exception as raised:
        tell(raised)
    return ProcessFailure(local_rank=0, pid=7, exitcode=1, error_file=str(path))


def test_an_error_is_left_where_the_agent_looks_for_it_without_secrets(tmp_path, monkeypatch):
    remember(["hunter2hunter2"])
    failure = told(tmp_path / "error.json", monkeypatch, ValueError("wrong hunter2hunter2"))
    message = json.loads((tmp_path / "error.json").read_text())["message"]
    assert re.fullmatch(r"ValueError: wrong \*\*\* \(\S*test_agent\.py:\d+ in told\)", message["message"])
    assert "hunter2" not in (tmp_path / "error.json").read_text()
    assert "test_agent.py" in message["extraInfo"]["py_callstack"]
    assert failure.timestamp > 0
    tell_nobody = tmp_path / "no such folder" / "error.json"
    told(tell_nobody, monkeypatch, ValueError("wrong"))  # and is no second error


def test_the_agent_takes_the_cause_for_the_cause(tmp_path, monkeypatch):
    """Of two in one second, too: it knows no fractions, and takes the lower rank."""
    monkeypatch.setattr(time, "time", lambda: 1000.9)
    lost = told(tmp_path / "lost", monkeypatch, RuntimeError("Connection closed by peer"))
    guilty = told(tmp_path / "guilty", monkeypatch, ValueError("no such class"))
    rank, first = ChildFailedError("run", {0: lost, 1: guilty}).get_first_failure()
    assert (rank, first.timestamp) == (1, 1000)
    assert lost.timestamp == 1001


@pytest.mark.parametrize("agent", [{"TORCHELASTIC_RUN_ID": "x"}, {}])
def test_a_process_ends_with_the_agent_that_started_it(agent):
    child = "import time; from runner.agent import end_with_agent; end_with_agent(); print(flush=True); time.sleep(60)"
    starter = f"""
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {child!r}], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
os._exit(9)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **agent}
    command = [sys.executable, "-c", starter]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 9
    if agent:
        assert gone([int(done.stdout)])
    else:
        process = psutil.Process(int(done.stdout))
        process.kill()  # it went on


def gone(pids, seconds=20):
    """Wait until none of the processes lives; return whether that came to pass."""
    end = time.monotonic() + seconds
    while (left := [pid for pid in pids if lives(pid)]) and time.monotonic() < end:
        time.sleep(0.05)
    return not left


def lives(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def torchrun(tmp_path, how):
    (tmp_path / "bomb.py").write_text(BOMB)
    words = [*TORCHRUN, *WORDS, f"+callback.bomb={{_target_:bomb.Bomb,how:{how}}}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200, check=False
    )


@pytest.mark.siege
def test_torchrun_tells_the_error_of_the_guilty_one_with_its_traceback(tmp_path):
    done = torchrun(tmp_path, "raise")
    assert done.returncode == 1
    cause = done.stderr[done.stderr.index("Root Cause") :]
    assert "rank      : 1" in cause
    assert "RuntimeError: the bomb went off" in cause
    assert "bomb.py" in cause


@pytest.mark.siege
def test_nothing_goes_on_when_torchrun_is_killed(tmp_path):
    assert torchrun(tmp_path, "agent").returncode == -9
    here = str(tmp_path.resolve())
    pids = [process.pid for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == here]
    try:
        assert gone(pids)
    finally:
        for pid in filter(lives, pids):
            os.kill(pid, signal.SIGKILL)
