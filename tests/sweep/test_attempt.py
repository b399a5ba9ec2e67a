import gc
import json
import os
import signal
import threading
import time

import pytest
import torch

from runner.beside import Beside
from runner.callback.base import Callback
from runner.durable import read_json
from runner.folder import lock
from runner.hardware.exhausted import OutOfMemory
from runner.hardware.guard import NonFinite
from runner.interrupt import Interrupted
from runner.supervise import ProcessFailed
from runner.sweep import attempt
from runner.sweep.attempt import run_one, verdict
from runner.sweep.worker import Asked
from tests.support import config, outcome, same, trained


class Bomb(Callback):
    """Goes off after an update."""

    def __init__(self, how, at=6):
        self.how, self.at = how, at

    def step(self, run):
        if run.step == self.at:
            if self.how == "signal":
                os.kill(os.getpid(), signal.SIGTERM)
            elif self.how != "wet":
                raise {"memory": MemoryError, "zero": ZeroDivisionError, "bug": KeyError}[self.how]("the bomb went off")


def bomb(how):
    return f"+callback.bomb={{_target_:tests.sweep.test_attempt.Bomb,how:{how}}}"


@pytest.fixture(autouse=True, scope="module")
def frozen():
    """What is there before the first run stays, as in a worker: looking through it takes a tenth of a second."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "s" / "trials" / "0"


def attempted(folder, *overrides):
    return run_one(config(*overrides), folder, list(overrides), Beside())


def rows(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_what_is_over_is_answered_from_the_record(folder):
    first = attempted(folder)
    before = (folder / "metrics.jsonl").stat().st_mtime_ns
    assert attempted(folder) == first
    assert (folder / "metrics.jsonl").stat().st_mtime_ns == before
    assert attempted(folder, "epochs=4")["epochs"] == 4


def test_an_interrupted_one_goes_on_to_the_same_bits(folder, tmp_path):
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(Interrupted):
        attempted(folder, bomb("signal"))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert read_json(folder / "summary.json")["status"] == "interrupted"
    assert attempted(folder, bomb("wet"))["status"] == "finished"
    trained(tmp_path / "whole", bomb("wet"))
    assert same(outcome(folder), outcome(tmp_path / "whole"))


def test_an_error_is_in_its_own_log_and_a_second_try_may_do_better(folder):
    summary = attempted(folder, bomb("bug"))
    assert (summary["status"], summary["reason"]) == ("failed", "KeyError: 'the bomb went off'")
    assert summary["steps"] == 6
    log = (folder / "log.txt").read_text()
    assert log.count("Traceback") == 1
    assert "the bomb went off" in log
    summary = attempted(folder, bomb("wet"))
    assert (summary["status"], summary["reason"], summary["steps"]) == ("finished", "", 12)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([bomb("memory")], "out of memory on cpu"),
        (["model.widths=[1000000000000]"], "can't allocate memory"),
        (["optimizer=sgd", "optimizer.lr=1e30"], "NonFinite: the loss is nan"),
    ],
)
def test_lack_of_memory_and_divergence_are_nobodys_mistakes(folder, words, reason):
    summary = attempted(folder, *words)
    assert summary["status"] == "infeasible"
    assert reason in summary["reason"]
    assert summary == read_json(folder / "summary.json")
    assert "Traceback" in (folder / "log.txt").read_text()
    before = (folder / "log.txt").stat().st_size
    assert attempted(folder, *words) == summary
    assert (folder / "log.txt").stat().st_size == before, "answered from the record"


def test_a_division_by_zero_is_somebodys():
    assert attempt.DIVERGED
    assert verdict(ZeroDivisionError("x")) == ("failed", "ZeroDivisionError: x")
    assert verdict(ArithmeticError("valid/loss was not a number in any epoch"))[0] == "infeasible"
    assert verdict(NonFinite("the loss is nan"))[0] == "infeasible"
    assert verdict(OutOfMemory("out of memory on cuda:0: 2 GiB asked for\n  model: ..."))[1].endswith("asked for")
    assert verdict(torch.OutOfMemoryError("CUDA out of memory"))[0] == "infeasible"
    assert verdict(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))[0] == "failed"


@pytest.mark.parametrize(
    ("kind", "status"),
    [("NonFinite", "infeasible"), ("OutOfMemory", "failed"), ("SIGKILL", "infeasible"), ("ValueError", "failed")],
)
def test_of_a_process_that_was_started_the_kind_of_its_error_counts(kind, status):
    assert verdict(ProcessFailed("process 1 (pid 7): x", kind))[0] == status
    assert verdict(ProcessFailed("process 1 (pid 7): OutOfMemory: out of memory on cpu", kind))[0] == "infeasible"


def test_what_fails_before_there_is_a_training_is_told_too(folder):
    summary = attempted(folder, "hardware=cpu", "++hardware.processes=none")
    assert summary["status"] == "failed"
    assert "Traceback" in (folder / "log.txt").read_text()


def test_the_folder_of_another_experiment_is_left_alone(folder):
    trained(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    summary = attempted(folder, "model.widths=[9]", "batch_size=17")
    assert summary["status"] == "failed"
    assert "with another model.widths, batch_size" in summary["reason"]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_folder_that_is_held_for_a_moment_is_waited_for(folder):
    folder.mkdir(parents=True)
    held = threading.Event()

    def hold():
        with lock(folder):
            held.set()
            time.sleep(0.6)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    begun = time.monotonic()
    assert attempted(folder)["status"] == "finished"
    assert time.monotonic() - begun > 0.4
    thread.join()


def test_a_folder_that_somebody_works_in_is_left_alone(folder, monkeypatch):
    monkeypatch.setattr(attempt, "LINGERING", 0.0)
    folder.mkdir(parents=True)
    with lock(folder):
        summary = attempted(folder)
    assert summary["status"] == "failed"
    assert f"in use by process {os.getpid()}" in summary["reason"]
    assert [path.name for path in folder.iterdir()] == [".lock"]


def test_a_batch_size_that_was_found_is_not_looked_for_again(folder):
    trained(folder, "batch_size=8")
    (folder / "batch_size.json").write_text('{"found": 8}')
    before = (folder / "metrics.jsonl").stat().st_mtime_ns
    assert attempted(folder, "batch_size=auto")["status"] == "finished"
    assert (folder / "metrics.jsonl").stat().st_mtime_ns == before


def test_a_worker_that_was_told_to_leave_begins_no_run_and_is_told_twice_in_vain(folder):
    with Asked() as asked:
        for how in ("signal", "wet"):  # the second one sends none
            with pytest.raises(Interrupted):
                run_one(config(bomb(how)), folder, [], Beside(interrupt=asked))
            os.kill(os.getpid(), signal.SIGTERM)
    assert asked.signum == signal.SIGTERM
    assert read_json(folder / "summary.json")["status"] == "interrupted"
