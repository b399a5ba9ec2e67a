"""A signal to a whole group of processes reaches those that train, not those that read for them."""

import os
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


def test_a_worker_writes_through_streams_of_its_own_to_the_same_places(tmp_path):
    """Whoever wrote to the parent's at the fork holds their locks, for ever."""
    code = f"""
import logging, sys
from runner.dataset.workers import own_streams
terminal, file = logging.StreamHandler(), logging.FileHandler({str(tmp_path / "log.txt")!r})
late = logging.FileHandler({str(tmp_path / "late.txt")!r}, delay=True)
logger = logging.getLogger("some")
for handler in (terminal, file, late):
    logger.addHandler(handler)
before = sys.stdout, sys.stderr, terminal.stream, file.stream
file.stream.write("first;")
file.stream.flush()
own_streams()
after = sys.stdout, sys.stderr, terminal.stream, file.stream
assert not any(one is other for one, other in zip(before, after, strict=True))
assert terminal.stream is sys.stderr
print("to the terminal")
logger.warning("then")
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "to the terminal\n", "then\n")
    assert (tmp_path / "log.txt").read_text() == "first;then\n"
    assert (tmp_path / "late.txt").read_text() == "then\n"
