"""A disk that takes no more: the training goes on, the last good checkpoint stays, nothing is missing afterwards."""

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from runner.callback.base import Callback
from runner.disk import MINUTE, Backlog, Unwritable, words_for
from runner.durable import read_json, write_text
from runner.shelf import Shelf
from runner.statefile import load
from runner.train import train
from tests.faults.warm import ended, forked
from tests.support import config, outcome, same, trained

ROOT = Path(__file__).parent.parent.parent
WORDS = ["model.dropout=0.3", "epochs=4", "callback.record.every_steps=1", "callback.checkpoint.every_steps=3"]


def limit(size):
    """Let no file of this process grow beyond ``size`` bytes; -1: let them grow again."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class Full(Callback):
    """A disk that is full for some of the steps.

    Args:
        begin: The first step of them.
        end: The last one; 0: none.
        size: Bytes that a file may have meanwhile.
        back: Seconds after the last step of the training at which there is room again; 0: never.
        signal: What the training gets at the last of the steps.
    """

    def __init__(self, begin: int, end: int = 0, size: int = 600, back: float = 0, signal: int = 0) -> None:
        self.begin, self.end, self.size, self.back, self.signal = begin, end, size, back, signal

    def step(self, run):
        if run.step == self.begin:
            limit(self.size)
        if run.step == self.end:
            before = Shelf(run.folder).newest()
            assert before["step"] < self.begin, "the last good one is there, and loads"
            if self.signal:
                os.kill(os.getpid(), self.signal)
            else:
                limit(-1)
        if self.back and run.step == run.schedule.total:
            threading.Timer(self.back, limit, (-1,)).start()


def full(**how):
    return "+callback.full={_target_:tests.faults.test_space.Full," + ",".join(f"{k}:{v}" for k, v in how.items()) + "}"


def run(folder, *words):
    """Train in a child; return its exit code and what it said."""
    cfg = config(*words)
    reads, writes = os.pipe()  # what it says is not to be limited
    child = forked(lambda: train(cfg, folder / "run", list(words)), folder, writes)
    os.close(writes)
    with os.fdopen(reads) as said:
        return ended(child), said.read()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    trained(folder, *WORDS)
    return folder


def check(folder, whole):
    """What must be so in the end."""
    expected, found = outcome(whole), outcome(folder)
    found[0]["callbacks"].pop("full", None)
    assert found[1] == expected[1], "rows are missing, or twice there"
    assert same(expected, found)
    best = [load(path / "checkpoints" / "best.pt") for path in (whole, folder)]
    assert same(*best)
    assert not list(folder.rglob("*.tmp-*"))
    assert read_json(folder / "summary.json")["status"] == "finished"


def test_a_disk_that_is_full_for_a_while_costs_a_warning(tmp_path, whole):
    code, said = run(tmp_path, *WORDS, full(begin=4, end=11))
    assert code == 0, said
    check(tmp_path / "run", whole)
    assert (
        said.count("warning: File too large: last.pt needs") + said.count("warning: File too large: best.pt needs") == 1
    )
    assert said.count("warning: File too large: metrics.jsonl") == 1, "once a minute, not once a step"
    assert "Traceback" not in said
    log = (tmp_path / "run" / "log.txt").read_text()
    assert "could be written again" in log
    assert "the training goes on, and this is tried again" in log, "the log itself was added later"


def test_the_end_waits_for_the_disk(tmp_path, whole):
    code, said = run(tmp_path, *WORDS, full(begin=8, back=0.3))
    assert code == 0, said
    check(tmp_path / "run", whole)


def test_waited_for_in_vain_the_run_fails_and_goes_on_from_the_last_good_checkpoint(tmp_path, whole):
    """Everything else can be written, and yet it has not finished."""
    code, said = run(tmp_path, *WORDS, full(begin=8, size=20_000), "callback.checkpoint.patience=0")
    assert code == 1
    folder = tmp_path / "run"
    assert read_json(folder / "summary.json")["status"] == "failed"
    assert f" in {folder / 'checkpoints'}" in said
    assert Shelf(folder).newest()["step"] == 6
    assert not list(folder.rglob("*.tmp-*"))
    trained(folder, *WORDS)
    check(folder, whole)


def test_stopped_while_the_disk_is_full_it_says_from_where_a_resume_goes_on(tmp_path, whole):
    words = [full(begin=5, end=8, signal=int(signal.SIGTERM)), "callback.checkpoint.patience=0"]
    code, said = run(tmp_path, *WORDS, *words)
    assert code == 143
    assert "where the run stopped is not saved: runner resume goes on from before that: File too large" in said
    trained(tmp_path / "run", *WORDS)
    check(tmp_path / "run", whole)


def test_rows_that_could_not_be_written_are_in_the_checkpoint(tmp_path, whole):
    """Only ``metrics.jsonl`` cannot be written: nothing of the training is lost, and the record neither."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "metrics.jsonl").symlink_to("/dev/full")
    code, said = run(tmp_path, *WORDS)
    assert code == 1, "what is not all there must not look as if it were"
    assert "metrics.jsonl" in said.splitlines()[-1]
    assert Shelf(folder).newest()["epoch"] == 4
    assert not (folder / "summary.json").exists()
    (folder / "metrics.jsonl").unlink()
    trained(folder, *WORDS)
    check(folder, whole)


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path, whole):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "log.txt").symlink_to("/dev/full")
    code, said = run(tmp_path, *WORDS, "hardware.threads=1", full(begin=4, end=6))
    assert code == 0, said
    assert "No space left: log.txt" in said
    assert "Traceback" not in said
    assert "Logging error" not in said
    check(folder, whole)


class Remove(Callback):
    """Removes a folder of a run while it trains.

    Args:
        what: Its name; ".": all of it.
    """

    def __init__(self, what: str) -> None:
        self.what = what

    def step(self, run):
        if run.step == 6:
            shutil.rmtree(run.folder / self.what)


def remove(what):
    return f"+callback.remove={{_target_:tests.faults.test_space.Remove,what:{what}}}"


def test_a_run_whose_folder_is_deleted_ends_and_does_not_make_another(tmp_path):
    code, said = run(tmp_path, *WORDS, remove("."))
    assert code == 1
    assert f"{tmp_path / 'run'} is gone: it was deleted or moved" in said
    assert not (tmp_path / "run").exists()


def test_a_run_whose_checkpoints_are_deleted_writes_new_ones(tmp_path, whole):
    code, said = run(tmp_path, *WORDS, remove("checkpoints"))
    assert code == 0, said
    assert Shelf(tmp_path / "run").newest()["epoch"] == 4


def test_the_message_names_the_path_and_what_is_needed(tmp_path):
    path = tmp_path / "last.pt"
    words = words_for(OSError(errno.ENOSPC, "No space left on device"), path, 3_200_000)
    assert words.startswith("No space left: last.pt needs 3.2 MB, has ")
    assert words.endswith(f" in {tmp_path}")
    assert words_for(OSError(errno.EDQUOT, "Disk quota exceeded"), path, 10) == (
        f"Disk quota exceeded: last.pt needs 10 B, in {tmp_path}: see quota"
    )
    assert words_for(OSError(errno.EROFS, "Read-only file system"), path) == f"Read-only file system: {path}"
    assert "is gone" in words_for(OSError(errno.ENOENT, "No such file"), tmp_path / "no" / "a")


def test_a_small_disk_that_is_full_says_how_much_is_left(tmp_path):
    """On a real one, where this user may make one."""
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(tmp_path)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        write_text(tmp_path / "a", "x" * 20_000)
        with pytest.raises(Unwritable, match=rf"^No space left: a needs 100\.0 kB, has 4\d\.\d kB in {tmp_path}$"):
            write_text(tmp_path / "a", "y" * 100_000)
        assert (tmp_path / "a").read_text() == "x" * 20_000
        assert [path.name for path in tmp_path.iterdir()] == ["a"]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_line_of_which_the_disk_took_a_part_is_taken_back(tmp_path):
    path = tmp_path / "lines"
    script = "import resource, sys; from pathlib import Path; from runner.disk import Backlog\n"
    script += "lines = Backlog(Path(sys.argv[1])); lines.go_on_at(0)\n"
    script += "for word in (b'one\\n', b'two\\n', b'three\\n'): lines.add(word)\n"
    assert limited(script, path, 10) == 0
    assert path.read_bytes() == b"one\ntwo\n"


def limited(script, path, size):
    """Run a script with a limit to what it may write."""
    return subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: limit(size),
        check=False,
    ).returncode


def test_warnings_come_once_a_minute(tmp_path, monkeypatch, caplog):
    now = [0.0]
    monkeypatch.setattr("runner.disk.time.monotonic", lambda: now[0])
    (tmp_path / "lines").symlink_to("/dev/full")
    lines = Backlog(tmp_path / "lines", shared=True)
    with caplog.at_level("INFO", "runner.disk"):
        for _ in range(100):
            lines.add(b"x\n")
            now[0] += MINUTE / 50
        assert len(caplog.records) == 2
        (tmp_path / "lines").unlink()
        lines.close()
        lines.add(b"y\n")
    assert (tmp_path / "lines").read_bytes() == b"x\n" * 100 + b"y\n"
    assert caplog.records[-1].getMessage() == "lines could be written again"


@pytest.mark.slow
def test_the_command_line_says_it_in_one_line(tmp_path):
    """A checkpoint larger than any file may be."""
    words = ["dataset=noise", "dataset.samples=96", "epochs=2", "model=mlp", "~callback.mlflow"]
    done = subprocess.run(
        [sys.executable, "-m", "runner", *words, "callback.checkpoint.patience=0"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, preexec_fn=lambda: limit(100_000),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    folder = (tmp_path / "outputs" / "latest").resolve()
    assert "Traceback" not in done.stderr
    assert (
        f"File too large: best.pt needs 200.1 kB, in {folder / 'checkpoints'}" in done.stderr or "needs" in done.stderr
    )
    assert json.loads((folder / "summary.json").read_text())["status"] == "failed"
    assert "no checkpoint could be written: runner resume" in done.stderr
    assert list((folder / "checkpoints").iterdir()) == [folder / "checkpoints" / "manifest.json"]


@pytest.mark.siege
def test_with_several_processes_all_wait_for_the_one_that_writes(tmp_path):
    words = ["dataset=noise", "dataset.samples=96", "epochs=3", "model=mlp", "~callback.mlflow", "hardware.processes=2"]
    words += ["hardware=cpu", full(begin=2, back=1.5, size=100_000)]
    done = subprocess.run(
        [sys.executable, "-m", "runner", *words],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder = (tmp_path / "outputs" / "latest").resolve()
    assert torch.load(folder / "checkpoints" / "last.pt")["epoch"] == 3
    assert "the training goes on" in (folder / "log.txt").read_text()
