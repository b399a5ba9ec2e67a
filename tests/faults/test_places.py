"""Odd places to run in, and odd ends of a terminal: it works, or it says in a line why not."""

import contextlib
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from runner.callback.base import Callback
from runner.folder import is_live, lock
from runner.shelf import Shelf
from runner.train import train
from tests.faults.warm import ended, forked, session
from tests.support import config, outcome, same, trained

ROOT = Path(__file__).parent.parent.parent
SMALL = ("dataset=noise", "dataset.samples=96", "model=mlp", "model.widths=[8]", "epochs=2", "batch_size=16")
LONG = (*SMALL, "epochs=100000", "~callback.mlflow")
ODD = "with space/ünï 日本 🚀/" + "long" * 50


def environment(**more):
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **more}


def bare(**more):
    """The environment of a machine that has next to nothing: no home, no git, no locale."""
    return {"PATH": "/nonexistent", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "LC_ALL": "C", **more}


def start(folder, *words, **keys):
    command = [sys.executable, "-m", "runner", *words]
    keys = {"env": environment(), "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **keys}
    return subprocess.Popen(command, cwd=folder, **keys)


def wait_for(condition, seconds=90):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to that in time"
        time.sleep(0.02)


def trains(folder):
    path = folder / "outputs" / "latest" / "metrics.jsonl"
    return lambda: path.exists() and path.stat().st_size


def summary(folder):
    return json.loads((folder / "outputs" / "latest" / "summary.json").read_text())


def test_without_home_git_or_locale_in_an_odd_folder_with_a_reader_that_leaves(tmp_path):
    """As in ``runner | head -1``: the reader goes after a line, the training goes on."""
    folder = tmp_path / ODD
    folder.mkdir(parents=True)
    process = start(folder, *SMALL, "~callback.mlflow", env=bare(PYTHONIOENCODING="ascii"))
    assert re.fullmatch(rb"runner [\d.]+ \| [\w-]+\n", process.stdout.readline())
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 0
    assert summary(folder)["status"] == "finished"
    assert Shelf(folder / "outputs" / "latest").newest()["epoch"] == 2


@pytest.mark.parametrize(
    "error", [BrokenPipeError, OSError(28, "No space left on device"), OSError(5, "Input/output error")]
)
def test_a_terminal_that_takes_no_more_does_not_stop_a_run(tmp_path, monkeypatch, error):
    class Gone:
        encoding = "utf-8"

        def write(self, text):
            raise error

        def flush(self):
            raise error

        def isatty(self):
            return False

    monkeypatch.setattr("sys.stdout", Gone())
    assert trained(tmp_path / "run", "callback=[progress,record,checkpoint]")["status"] == "finished"


def test_a_clock_that_jumps_back_changes_no_order_and_no_duration(tmp_path, monkeypatch):
    words = ["callback.record.every_steps=1", "model.dropout=0.3"]
    now, jumped = time.time, [0.0]

    def clock():
        jumped[0] -= 3600
        return now() + jumped[0]

    monkeypatch.setattr("time.time", clock)
    trained(tmp_path / "run", *words, "epochs=1")
    ended = trained(tmp_path / "run", *words)
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert all(0 <= seconds < 3600 for seconds in ended["seconds"].values())
    assert all(row.get("seconds", 0) >= 0 for row in rows)
    assert rows[0]["time"] > rows[-1]["time"], "the clock has jumped"
    steps = [row["step"] for row in rows]
    assert steps == sorted(steps)


class Wait(Callback):
    """Says that it is there, and waits to be killed."""

    def step(self, run):
        (run.folder / "here").touch()
        time.sleep(1000)


def test_a_lock_ends_with_its_owner_though_its_loader_workers_have_yet_to_notice(tmp_path):
    words = ["dataset.in_memory=false", "dataset.workers=1", "+callback.wait={_target_:tests.faults.test_places.Wait}"]
    cfg = config(*words)
    child = forked(lambda: train(cfg, tmp_path / "run", words), tmp_path)
    wait_for((tmp_path / "run" / "here").exists)
    assert psutil.Process(child).children(), "there are loader workers"
    assert is_live(tmp_path / "run")
    os.kill(child, signal.SIGKILL)
    assert ended(child) == -9
    with lock(tmp_path / "run"):
        pass
    for worker in session(child):
        os.kill(worker, signal.SIGKILL)


@pytest.mark.parametrize("words", [("ls",), ("runs", "--json")], ids=["long", "short"])
def test_an_answer_that_has_no_room_is_told_in_a_line(tmp_path, words):
    command = ["sh", "-c", 'exec "$@" >/dev/full', "sh", sys.executable, "-m", "runner", *words]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == b"error: No space left on device\n"


@pytest.mark.slow
def test_a_terminal_that_is_closed_stops_the_run_which_goes_on_later(tmp_path):
    """What a window, or a lost connection, does: SIGHUP, and nobody to read what is said."""
    child, terminal = pty.fork()
    if not child:
        os.chdir(tmp_path)
        words = [sys.executable, "-m", "runner", *LONG]
        os.execve(sys.executable, words, environment())
    wait_for(trains(tmp_path))
    os.close(terminal)
    assert ended(child) == 129
    assert summary(tmp_path)["status"] == "interrupted"
    state = Shelf(tmp_path / "outputs" / "latest").newest()
    assert summary(tmp_path)["steps"] == state["step"] > 0
    assert not is_live(tmp_path / "outputs" / "latest")


@pytest.mark.siege
def test_nohup_outlives_its_terminal(tmp_path):
    process = start(tmp_path, *LONG, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    try:
        wait_for(trains(tmp_path))
        before = trains(tmp_path)()
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: trains(tmp_path)() > before)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 143
    finally:
        process.kill()


def minds(pid):
    """Whether a process has handlers of ours: before, its signals are the interpreter's business."""
    caught = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())[1]
    return all(int(caught, 16) >> number - 1 & 1 for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT))


@pytest.mark.siege
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_during_start_up_leaves_with_its_code_and_nothing_behind(tmp_path, number, chance):
    for _ in range(4):
        process = start(tmp_path, *LONG)
        wait_for(partial(minds, process.pid))  # on a busy machine Python itself may take longer than any time told
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.0, 2.0))
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 128 + number, said
        assert b"Traceback" not in said
    assert not list(tmp_path.rglob("*.tmp-*"))


@pytest.mark.siege
def test_tracked_with_next_to_nothing_around(tmp_path):
    folder = tmp_path / ODD
    folder.mkdir(parents=True)
    process = start(folder, *SMALL, env=bare(PYTHONIOENCODING="ascii"))
    out, said = process.communicate(timeout=200)
    assert process.returncode == 0, said
    assert said == b""
    out.decode("ascii")
    with contextlib.closing(sqlite3.connect(f"file:{folder / 'outputs' / 'mlflow.db'}?mode=ro", uri=True)) as store:
        assert store.execute("SELECT status FROM runs").fetchall() == [("FINISHED",)]


@pytest.mark.siege
def test_a_path_of_a_thousand_characters(tmp_path):
    folder = tmp_path.joinpath(*["deep" * 25] * 9)
    folder.mkdir(parents=True)
    process = start(folder, *SMALL)
    _, said = process.communicate(timeout=200)
    assert process.returncode == 0, said
    assert b"Traceback" not in said
    assert summary(folder)["status"] == "finished"


@pytest.mark.siege
@pytest.mark.parametrize("how", ["closed", "full"])
def test_an_output_that_is_closed_or_full_from_the_start(tmp_path, how):
    end = {"closed": ">&- 2>&-", "full": ">/dev/full 2>/dev/full"}[how]
    words = [sys.executable, "-m", "runner", *SMALL, "~callback.mlflow"]
    command = ["sh", "-c", f'exec "$@" {end}', "sh", *words]
    assert subprocess.run(command, cwd=tmp_path, env=environment(), timeout=100, check=False).returncode == 0
    assert summary(tmp_path)["status"] == "finished"


@pytest.mark.siege
def test_outputs_on_a_disk_that_is_read_only(tmp_path):
    (tmp_path / "outputs").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "ro,size=64k", "none", str(tmp_path / "outputs")]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        process = start(tmp_path, *SMALL)
        _, said = process.communicate(timeout=60)
    finally:
        subprocess.run(["umount", str(tmp_path / "outputs")], check=True)
    assert process.returncode == 2
    assert said.decode().startswith(f"error: {tmp_path / 'outputs'} cannot be written: runs go to outputs")
    assert b"Traceback" not in said


@pytest.mark.siege
def test_two_at_once_one_resumes_and_the_other_is_told_who_it_is(tmp_path):
    whole = start(tmp_path, *SMALL, "~callback.mlflow", "epochs=60", "hydra.run.dir=outputs/whole")
    assert whole.wait(100) == 0
    first = start(tmp_path, *SMALL, "~callback.mlflow", "epochs=60", "hydra.run.dir=outputs/killed")
    wait_for((tmp_path / "outputs/killed/checkpoints/last.pt").exists)
    first.kill()
    first.wait()
    two = [start(tmp_path, "resume", "killed") for _ in range(2)]
    said = [process.communicate(timeout=100)[1].decode() for process in two]
    codes = [process.returncode for process in two]
    assert sorted(codes) in ([0, 2], [0, 0]), said  # both, if the second came when the first was through
    if 2 in codes:
        winner = two[codes.index(0)]
        assert f"is in use by process {winner.pid}" in said[codes.index(2)]
    assert same(outcome(tmp_path / "outputs/whole"), outcome(tmp_path / "outputs/killed"))
