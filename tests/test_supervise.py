"""Several processes of one run, through the command line: what they compute, and what is left when one fails."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch

ROOT = Path(__file__).parent.parent
QUIET = ("~callback.mlflow", "~callback.progress")
TWO = ("hardware=cpu", "hardware.processes=2")
BOMB = '''
import os, time
from runner.callback.base import Callback

class Bomb(Callback):
    """Goes off in one process.

    Args:
        how: What happens.
    """

    def __init__(self, how: str):
        self.how = how

    def step(self, run):
        if run.step == 12 and run.hardware.group.rank == 1:
            if self.how == "raise":
                raise RuntimeError("the bomb went off")
            if self.how == "hang":
                time.sleep(1000)
            os.kill({"term": os.getpid(), "agent": os.getppid()}[self.how], {"term": 15, "agent": 9}[self.how])
'''

STRUCK = ("--trust", "runner.inspect.proof:Strike")
"""A copy of a run is one from elsewhere."""


def summary(folder):
    return json.loads((folder / "summary.json").read_text())


def workers(place):
    """Return the processes of runs in this folder that still live."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        if "runner.worker" in words and str(place) in words[-1] and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


def gone(place, seconds=10):
    end = time.monotonic() + seconds
    while workers(place) and time.monotonic() < end:
        time.sleep(0.1)
    return not workers(place)


@pytest.fixture
def bomb(cli, tmp_path):
    """Train in two processes, one of which has a bomb; return what became of it, and the run's folder."""

    def run(how, *words):
        (tmp_path / "bomb.py").write_text(BOMB)
        done = cli(*TWO, *QUIET, "epochs=3", f"+callback.bomb={{_target_:bomb.Bomb,how:{how}}}", *words)
        return done, (tmp_path / "outputs" / "latest").resolve()

    return run


@pytest.mark.siege
def test_killed_on_two_processes_resumed_on_two_on_one_and_on_three(cli, tmp_path):
    """By two to the same bits, by others to the same numbers; nothing is left of the killed run."""
    words = ["model=mlp", "model.dropout=0", "batch_size=61", "epochs=3", *TWO, *QUIET]
    words += ["callback.checkpoint.every_steps=8"]
    outputs = tmp_path / "outputs"
    assert cli(*words, "hydra.run.dir=outputs/whole").returncode == 0
    begun = time.monotonic()
    done = cli(*words, "+callback.strike={_target_:runner.inspect.proof.Strike,at:27}", "hydra.run.dir=outputs/killed")
    assert time.monotonic() - begun < 60  # start-up included
    assert done.returncode == 1
    assert "process 1 (pid" in done.stderr
    assert "was killed by SIGKILL" in done.stderr
    assert "Traceback" not in done.stderr
    assert gone(tmp_path)
    assert summary(outputs / "killed")["status"] == "failed"
    assert not list((outputs / "killed").glob(".*tmp*"))
    expected = torch.load(outputs / "whole" / "checkpoints" / "last.pt")
    for processes in (2, 1, 3):
        folder = outputs / f"resumed{processes}"
        shutil.copytree(outputs / "killed", folder)
        done = cli("resume", str(folder), f"hardware.processes={processes}", "~callback.strike", *STRUCK)
        assert done.returncode == 0, done.stderr
        assert (f"processes changed from 2 to {processes}" in done.stderr) == (processes != 2)
        found = torch.load(folder / "checkpoints" / "last.pt")
        assert found["step"] == expected["step"]
        for name, value in expected["model"].items():
            if processes == 2:
                assert torch.equal(found["model"][name], value)
        for name, value in summary(outputs / "whole")["metrics"]["final"].items():
            assert summary(folder)["metrics"]["final"][name] == pytest.approx(value, rel=1e-3)


@pytest.mark.slow
def test_an_error_in_one_process_ends_all_and_is_the_one_that_is_told(bomb, tmp_path):
    done, folder = bomb("raise")
    assert done.returncode == 1
    assert "RuntimeError: the bomb went off" in done.stderr
    assert "onnection" not in done.stderr
    log = (folder / "log.txt").read_text()
    assert log.index("process 1: failed in epoch 1") < log.index("RuntimeError: the bomb went off")
    assert log.index("RuntimeError: the bomb went off") < log.index("onnection")
    assert gone(tmp_path)
    assert re.search(r"RuntimeError: the bomb went off \(bomb\.py:\d+ in step\)$", summary(folder)["reason"])


@pytest.mark.siege
def test_a_signal_to_one_process_stops_all_at_the_same_step(bomb, tmp_path):
    done, folder = bomb("term")
    assert done.returncode == 143
    assert summary(folder)["status"] == "interrupted"
    assert summary(folder)["steps"] == torch.load(folder / "checkpoints" / "last.pt")["step"] in (13, 14)
    assert gone(tmp_path)


def started(tmp_path, *words):
    """Start a run of two processes; return it and its workers, once they train."""
    command = [sys.executable, "-m", "runner", *TWO, *QUIET, "epochs=1000", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    metrics = tmp_path / "outputs" / "latest" / "metrics.jsonl"
    end = time.monotonic() + 60
    while time.monotonic() < end and not (metrics.exists() and metrics.stat().st_size):
        time.sleep(0.1)
    children = {
        child.pid for child in psutil.Process(run.pid).children()
    }  # loader workers look the same, but are theirs
    return run, [pid for pid in workers(tmp_path) if pid in children]


@pytest.mark.slow
def test_a_signal_to_every_process_stops_the_run_once_and_no_port_was_open_to_others(tmp_path):
    """As Slurm sends it: to each of them, and again by who started them; loader workers are left alone until then."""
    words = ["dataset=noise", "dataset.in_memory=false", "dataset.workers=1", "dataset.samples=400"]
    run, pids = started(tmp_path, *words)
    try:
        assert len(pids) == 2
        open_to = {
            connection.laddr.ip
            for pid in (run.pid, *pids)
            for connection in psutil.Process(pid).net_connections(kind="inet")
            if connection.status == psutil.CONN_LISTEN
        }
        assert open_to
        assert all(address.startswith("127.") for address in open_to), open_to
        for pid in (*pids, run.pid):
            os.kill(pid, signal.SIGTERM)
        assert run.wait(60) == 143, run.stderr.read()
    finally:
        run.kill()
    folder = tmp_path / "outputs" / "latest"
    assert summary(folder)["status"] == "interrupted"
    assert summary(folder)["steps"] == torch.load(folder / "checkpoints" / "last.pt")["step"]
    assert gone(tmp_path)


@pytest.mark.siege
def test_a_process_that_hangs_ends_the_run(bomb, tmp_path):
    done, folder = bomb("hang", "hardware.timeout=4")
    assert done.returncode == 1
    assert "process 1 (pid" in done.stderr
    assert "hangs in step (bomb.py:" in done.stderr
    assert "it did not stop when it was told to" in done.stderr
    log = (folder / "log.txt").read_text()
    assert "Timed out waiting" in log  # which is how the other one noticed
    assert "process 1 was here when it was told to end:" in log
    assert " in train_epoch" in log[log.index("was here") :]
    assert gone(tmp_path)
    assert summary(folder)["status"] == "failed"


@pytest.mark.slow
def test_nothing_goes_on_when_the_one_who_started_it_is_killed(bomb, tmp_path, cli):
    done, folder = bomb("agent")
    assert done.returncode == -signal.SIGKILL
    assert gone(tmp_path)
    left = list(folder.glob(".launch.tmp-*"))
    assert left
    assert not list(left[0].glob("frozen.yaml"))  # it may hold secrets
    assert cli("runs", "--json").stdout.count('"interrupted"') == 1
    assert cli("resume", "latest", "~callback.bomb").returncode == 0
    assert not list(folder.glob(".launch.tmp-*"))


@pytest.mark.siege
def test_torchs_own_launcher_may_start_them(tmp_path):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "runner"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = ["hardware=ddp", "hardware.device=cpu", "epochs=1", "~callback.mlflow"]
    done = subprocess.run(
        [*command, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("finished in") == 1  # one of them prints
    assert "2 processes" in done.stdout
    folders = [path.name for path in (tmp_path / "outputs").iterdir()]
    assert len(folders) == 2, "one run, and the link to it"
    assert "latest" in folders
    assert summary(tmp_path / "outputs" / "latest")["status"] == "finished"


def test_started_by_others_it_says_what_fits(cli):
    done = cli("-m", "seed=0,1", WORLD_SIZE="2", RANK="0")
    assert done.returncode == 2
    assert "-m is for one process" in done.stderr
    done = cli("hardware=cpu", WORLD_SIZE="2", RANK="0")
    assert done.returncode == 2
    assert "one of 2 processes that were started together: use hardware=ddp" in done.stderr


@pytest.mark.siege
def test_cut_into_pieces_it_goes_on_from_the_last_batch_of_an_epoch(cli, tmp_path):
    """Where evaluation is the first to gather the pieces."""
    words = ["hardware=fsdp", "hardware.device=cpu", "hardware.processes=2", "model=mlp", "epochs=2", *QUIET]
    words += ["callback.checkpoint.every_steps=20"]  # 1,222 samples are 20 batches
    assert cli(*words, "+callback.strike={_target_:runner.inspect.proof.Strike,at:20}").returncode == 1
    folder = tmp_path / "outputs" / "latest"
    assert torch.load(folder / "checkpoints" / "last.pt")["batch"] == 20
    done = cli("resume", "latest", "~callback.strike")
    assert done.returncode == 0, done.stderr
    assert summary(folder)["status"] == "finished"
