"""Several processes of which one fails, in each way that one can: all end soon, and the guilty one is named."""

import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
import torch
from rich.console import Console

from runner.dataset.batch import Batches
from runner.dataset.data import Split
from runner.overdue import Overdue, through
from tests.support import same

ROOT = Path(__file__).parent.parent.parent
WORDS = ("hardware=cpu", "~callback.mlflow", "~callback.progress", "epochs=3", "hardware.timeout=5")
PARTS = '''
import os, signal, time
from dataclasses import replace
from functools import partial
import torch
from runner.callback.base import Callback
from runner.dataset.batch import Batches
from runner.dataset.noise import noise

class Bomb(Callback):
    """Goes off in some processes.

    Args:
        how: What happens.
        ranks: In which.
    """

    def __init__(self, how: str, ranks: list[int]):
        self.how, self.ranks = how, ranks

    def step(self, run):
        if run.step == 12 and run.hardware.group.rank in self.ranks:
            if self.how == "leave":
                os._exit(0)
            if self.how == "poison":
                with torch.no_grad():
                    next(run.model.parameters()).fill_(float("nan"))
            else:
                os.kill(os.getpid(), signal.SIGSTOP)

class Uneven(Batches):
    """Has a batch less in the second process."""

    def __init__(self, *args, rows=None, honest=True, **keys):
        super().__init__(*args, rows=rows, **keys)
        self.fewer = self.shuffle and os.environ.get("RANK") == "1"
        self.honest = honest

    def __len__(self):
        return super().__len__() - (self.fewer and self.honest)

    def __call__(self, epoch=0, start=0):
        batches = super().__call__(epoch, start)
        for number in range(start, super().__len__() - self.fewer):
            yield next(batches)

def uneven(honest: bool = True):
    """Return data that the processes do not have equally many batches of.

    Args:
        honest: Whether the loader says so beforehand.
    """
    return replace(noise(samples=256), batches=partial(Uneven, honest=honest))
'''


def left(place):
    """Return the processes of runs in this folder that still live, workers of loaders included."""
    return [
        process.pid
        for process in psutil.process_iter(["cwd", "status"])
        if process.info["cwd"] == str(place) and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


@pytest.fixture
def fail(cli, tmp_path):
    """Train in several processes; return what became of it, its summary and its log; nothing may live on."""

    def run(*words, processes=2):
        (tmp_path / "parts.py").write_text(PARTS)
        begun = time.monotonic()
        done = cli(*WORDS, f"hardware.processes={processes}", *words)
        took = time.monotonic() - begun
        folder = tmp_path / "outputs" / "latest"
        assert not left(tmp_path)
        assert not list(folder.glob(".launch.tmp-*"))
        assert took < 90
        return done, json.loads((folder / "summary.json").read_text()), (folder / "log.txt").read_text()

    return run


def bomb(how, *ranks):
    return f"+callback.bomb={{_target_:parts.Bomb,how:{how},ranks:{list(ranks)}}}".replace(" ", "")


@pytest.mark.siege
def test_a_process_that_is_stopped_ends_the_run_and_is_named(fail):
    """Frozen by a SIGSTOP it sees no signal but a SIGKILL."""
    done, summary, log = fail(bomb("stop", 1))
    assert done.returncode == 1
    assert "process 1 (pid" in done.stderr
    assert (
        "hangs, or is stopped: it did not answer the others, nor end when it was told to, and was killed" in done.stderr
    )
    assert summary["status"] == "failed"
    noticed, ended = (
        next(line[:19] for line in log.splitlines() if word in line) for word in ("failed in", "hangs, or")
    )
    seconds = [time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%S")) for text in (noticed, ended)]
    assert seconds[1] - seconds[0] < 30


@pytest.mark.siege
def test_a_process_that_leaves_early_with_0_is_no_success(fail):
    done, summary, _ = fail(bomb("leave", 1))
    assert done.returncode == 1
    assert "process 1 left with exit code 0 before the run had ended" in summary["reason"]


@pytest.mark.siege
def test_that_all_processes_leave_early_with_0_is_no_success_either(fail):
    done, summary, _ = fail(bomb("leave", 0, 1))
    assert done.returncode == 1
    assert (summary["status"], "before the run had ended" in summary["reason"]) == ("failed", True)


@pytest.mark.siege
def test_weights_that_are_not_finite_in_one_process_stop_all_at_the_same_update(fail, tmp_path):
    done, summary, log = fail(bomb("poison", 1))
    assert done.returncode == 1
    assert "in process 1, the weights layers.0.weight are not finite" in done.stderr
    assert summary["steps"] == 12
    assert log.count("failed in epoch 1 after step 12") == 2


@pytest.mark.siege
def test_different_numbers_of_batches_are_refused_before_training(fail):
    done, summary, _ = fail("dataset._target_=parts.uneven", "model=mlp")
    assert done.returncode == 2  # it is the data that are wrong
    assert "different numbers of batches of the train part: 3 in process 0, 2 in process 1" in done.stderr
    assert summary["status"] == "failed"


@pytest.mark.siege
def test_a_loader_that_gives_fewer_batches_than_it_says_ends_the_run(fail):
    """The others wait for it, as long as they are told to."""
    done, summary, _ = fail("dataset._target_=parts.uneven", "+dataset.honest=false", "model=mlp")
    assert done.returncode == 1
    assert "lost another one, which hangs (hardware.timeout)" in summary["reason"]


@pytest.mark.siege
def test_more_processes_and_workers_than_cores_give_the_same_bits(cli, tmp_path):
    """They take turns; torch says that this is slow, and so does the banner."""
    words = ["hardware=cpu", "dataset=noise", "dataset.in_memory=false", "model=mlp", "model.dropout=0.2", "epochs=2"]
    words += ["~callback.mlflow", "hardware.processes=3"]
    cores = len(os.sched_getaffinity(0))
    for name, workers in (("few", 0), ("many", cores + 1)):
        done = cli(*words, f"dataset.workers={workers}", f"hydra.run.dir=outputs/{name}")
        assert done.returncode == 0, done.stderr
    assert cores >= 3 or f"hardware.processes=3 take turns on {os.cpu_count()} cores" in done.stdout
    few, many = (json.loads((tmp_path / "outputs" / name / "summary.json").read_text()) for name in ("few", "many"))
    assert few["metrics"] == many["metrics"]
    assert not left(tmp_path)


def meeting(tmp_path, rank, port, timeout=4):
    """Start one of two processes as torchrun would; return it when it has ended, and how long that took."""
    place = {"WORLD_SIZE": "2", "RANK": rank, "LOCAL_RANK": rank, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    command = [sys.executable, "-m", "runner", "hardware=ddp", "hardware.device=cpu", f"hardware.timeout={timeout}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **place}
    return subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.siege
@pytest.mark.parametrize(
    ("rank", "taken", "said"),
    [
        ("0", True, "the port is taken, give another MASTER_PORT to each of them"),
        ("1", True, "who answers there is none of them"),
        ("0", False, "in 4 s (hardware.timeout)"),
    ],
)
def test_processes_that_do_not_meet_say_where_and_leave(tmp_path, rank, taken, said):
    """The port is taken by somebody else, who never answers; or the other process never comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if not taken:
            server.close()
        done = meeting(tmp_path, rank, port)
    assert done.returncode == 2
    assert f"process {rank} of 2 did not meet the others at 127.0.0.1:{port}" in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "outputs").exists()


FROZEN = "import os, signal, time; os.kill(os.getpid(), signal.SIGSTOP); time.sleep(60)"


def process(code):
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)


def waited(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize("came_through", [False, True])
def test_who_outlives_one_that_failed_is_killed_even_if_frozen(tmp_path, came_through):
    """One that came to the end of its work is no reason to kill another, which may take longer."""
    frozen, short = process(FROZEN), process("input()")
    try:
        for rank, started in enumerate((frozen, short)):
            (tmp_path / f"{rank}.pid").write_text(str(started.pid))
        with Overdue(tmp_path, grace=0.0) as overdue:
            assert waited(lambda: len(overdue.held) == 2)
            if came_through:
                through(tmp_path, 1)
            short.communicate(b"\n", timeout=20)
            if came_through:
                time.sleep(0.5)
                assert frozen.poll() is None
            else:
                assert frozen.wait(20) == -signal.SIGKILL
                assert waited(lambda: overdue.killed == {0})
    finally:
        frozen.kill()
        frozen.wait()


@pytest.mark.timeout(60)
def test_who_waits_in_code_of_others_says_where_when_it_is_told_to_end(tmp_path):
    """Where Python's own handlers never come to their turn."""
    code = f"""
import signal, threading
from pathlib import Path
from runner.overdue import present
signal.signal(signal.SIGTERM, lambda *_: None)
present(Path({str(tmp_path)!r}), 3)
def waits():
    print("there", flush=True)
    signal.sigwait([signal.SIGUSR1])
waits()
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert started.stdout.readline() == "there\n"
        assert (tmp_path / "3.pid").read_text() == str(started.pid)
        started.send_signal(signal.SIGTERM)
        assert waited(lambda: "in waits" in (tmp_path / "3.hangs").read_text())
        assert started.poll() is None
        started.send_signal(signal.SIGALRM)
        assert started.wait(20) == -signal.SIGALRM
    finally:
        started.kill()
        started.wait()


class Talkative:
    """Rows whose reading takes what a fork inherits in any state: locks of logging and of memory, torch's threads."""

    def __len__(self):
        return 24

    def __getitem__(self, index):
        logging.getLogger("busy").warning("row %d", index)
        return torch.randn(64, 64).matmul(torch.full((64, 64), float(index))).sum(0)


@pytest.mark.siege
@pytest.mark.timeout(120)
def test_loader_workers_that_are_forked_beside_busy_threads_neither_hang_nor_err(tmp_path):
    """Threads that log, print, compute and ask for memory, as those of a tracking store, a terminal and torch do.

    None draws from torch's global generator: a process that is forked while a thread does so finds it locked for ever.
    """
    over = threading.Event()
    console = Console(file=io.StringIO())
    handler = logging.FileHandler(tmp_path / "log.txt")
    logger = logging.getLogger("busy")
    own = torch.Generator()
    logger.addHandler(handler)
    logger.propagate = False

    def busy(action):
        while not over.is_set():
            action()
            time.sleep(0.0005)

    actions = [
        lambda: logger.warning("busy"),
        lambda: console.print("[bold]busy[/bold]"),
        lambda: torch.randn(256, 256, generator=own).matmul(torch.ones(256, 256)),
        lambda: json.dumps([bytes(100_000).hex(), os.listdir("/")]),
    ]
    threads = [threading.Thread(target=busy, args=(action,), daemon=True) for action in actions]
    before = torch.get_num_threads()
    torch.set_num_threads(2)  # so that torch has threads of its own, too, which no child has
    try:
        split = Split(Talkative(), torch.zeros(24, dtype=torch.int64))
        expected = [x for x, _ in Batches(split, 5, device=torch.device("cpu"))()]
        for thread in threads:
            thread.start()
        for _ in range(25):
            found = [x for x, _ in Batches(split, 5, device=torch.device("cpu"), workers=2)()]
            assert same(found, expected)
    finally:
        over.set()
        for thread in threads:
            thread.join()
        torch.set_num_threads(before)
        logger.removeHandler(handler)
        handler.close()


@pytest.mark.siege
def test_loader_workers_are_forked_beside_the_threads_of_a_whole_run(cli, tmp_path):
    """The terminal's, the monitor's and its server's, and tracking; in each of twenty epochs."""
    words = ["hardware=cpu", "dataset=noise", "dataset.in_memory=false", "dataset.workers=2", "model=mlp", "epochs=20"]
    words += ["+callback=monitor", "callback.monitor.every_steps=1", "callback.mlflow.log_model=false"]
    done = cli(*words, "hydra.run.dir=outputs/busy")
    assert done.returncode == 0, done.stderr
    alone = cli(*words, "dataset.workers=0", "~callback.monitor", "~callback.mlflow", "hydra.run.dir=outputs/alone")
    assert alone.returncode == 0, alone.stderr
    one, other = (json.loads((tmp_path / "outputs" / of / "summary.json").read_text()) for of in ("busy", "alone"))
    assert one["metrics"] == other["metrics"]
    assert not left(tmp_path)
