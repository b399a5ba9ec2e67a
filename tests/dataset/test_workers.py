"""A signal to a whole group of processes reaches those that train, not those that read for them."""

import subprocess
import sys

from tests.conftest import ROOT

SCRIPT = """
import os, signal, time
import torch
from torch.utils.data import DataLoader
from runner.dataset import workers

GOT = []

def slow(worker):
    time.sleep(1)  # a worker that takes long to start, as on a busy machine
    workers.apart(worker)

def main():
    os.setsid()
    signal.signal(signal.SIGTERM, lambda number, frame: GOT.append(number))
    loader = DataLoader(torch.arange(6), batch_size=2, num_workers=2, worker_init_fn=slow)
    batches = workers.started(loader)
    os.killpg(0, signal.SIGTERM)
    print([batch.tolist() for batch in batches], GOT == [signal.SIGTERM])
    later = iter(workers.started(loader))
    read = [next(later).tolist(), next(later).tolist()]  # so both are up
    for process in later._workers:
        os.kill(process.pid, signal.SIGTERM)  # one that is for them still ends them
        process.join(10)
    print(read, [process.exitcode for process in later._workers])

if __name__ == "__main__":
    main()
"""


def test_a_signal_while_workers_start_is_for_those_who_train(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "script.py"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "[[0, 1], [2, 3], [4, 5]] True"
    assert lines[1] == "[[0, 1], [2, 3]] [0, 0]"
