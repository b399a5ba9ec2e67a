"""``runner rm`` of a run that trains, and of one that has just been killed, through the program itself."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT

TINY = ("dataset=noise", "dataset.samples=96", "model=mlp", "model.widths=[8]", "callback=[record,checkpoint]")


@pytest.mark.siege
@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGKILL])
def test_what_trains_cannot_be_removed_and_what_is_dead_can(cli, tmp_path, ended_by):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "runner", *TINY, "epochs=1000000"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not list((tmp_path / "outputs").glob("*/metrics.jsonl")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        done = cli("rm", "latest", "--yes")
        assert done.returncode == 2
        assert f"is running (process {process.pid})" in done.stderr
        assert process.poll() is None
        assert (tmp_path / "outputs" / "latest" / "config.yaml").exists()
        process.send_signal(ended_by)
        process.wait(30)
    finally:
        process.kill()
    done = cli("rm", "latest", "--yes", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list((tmp_path / "outputs").iterdir()) == []
