"""The promise of resuming, through the real command line: killed anywhere, a run ends with the same bits."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import outcome, same

REPO = Path(__file__).parent.parent
LONG = [
    "dataset=noise", "dataset.samples=4096", "model=mlp", "model.widths=[32]", "model.dropout=0.2", "epochs=30",
    "batch_size=16", "callback=[record,checkpoint]", "callback.checkpoint.every_steps=25",
]  # fmt: skip


def start(folder, *words):
    environment = {**os.environ, "PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "runner", *words], cwd=folder, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(folder, *words):
    process = start(folder, *words)
    out, error = process.communicate(timeout=120)
    return subprocess.CompletedProcess(words, process.returncode, out, error)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run that nothing interrupts."""
    folder = tmp_path_factory.mktemp("whole")
    done = run(folder, *LONG)
    assert done.returncode == 0, done.stderr
    return outcome(folder / "outputs" / "latest")


def interrupted(folder, number, wait):
    """Start a run, send it a signal somewhere in the middle, and return its exit code and folder."""
    process = start(folder, *LONG)
    path = folder / "outputs" / "latest" / "metrics.jsonl"
    deadline = time.monotonic() + 60
    while not (path.exists() and path.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(wait)
    process.send_signal(number)
    process.communicate(timeout=60)
    return process.returncode, (folder / "outputs" / "latest").resolve()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGKILL, -9),
        *(
            pytest.param(*both, marks=pytest.mark.siege)
            for both in ((signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129))
        ),
    ],
)
def test_killed_at_a_random_moment_it_ends_with_the_same_bits(tmp_path, whole, number, code, request):
    seed = hash((number, code, request.node.name)) % 1000 if os.environ.get("RUNNER_RANDOM") else int(number)
    returned, folder = interrupted(tmp_path, number, random.Random(seed).uniform(0, 0.8))
    assert returned == code
    if code > 0:
        summary = json.loads((folder / "summary.json").read_text())
        assert summary["status"] == "interrupted"
        assert 0 < summary["steps"] < whole[0]["step"]
    done = run(tmp_path, "resume", "latest")
    assert done.returncode == 0, done.stderr
    assert same(whole, outcome(folder))
    assert not list(folder.rglob("*.tmp-*"))
    assert json.loads((folder / "summary.json").read_text())["status"] == "finished"


@pytest.mark.siege
def test_two_signals_leave_at_once_and_the_checkpoint_is_whole(tmp_path, whole):
    process = start(tmp_path, *LONG)
    path = tmp_path / "outputs" / "latest" / "checkpoints" / "last.pt"
    while not path.exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert run(tmp_path, "resume", "latest").returncode == 0
    assert same(whole, outcome(tmp_path / "outputs" / "latest"))


SHORT = [
    "dataset=noise",
    "dataset.samples=96",
    "model=mlp",
    "model.widths=[8]",
    "epochs=2",
    "callback=[record,checkpoint]",
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    assert run(folder, *SHORT).returncode == 0
    return folder


@pytest.mark.parametrize("word", ["batch_size=32", "seed=1", "dataset=digits", "optimizer.lr=1", "model.widths=[9]"])
def test_the_past_cannot_be_changed(finished, word):
    before = outcome(finished / "outputs" / "latest")
    done = run(finished, "resume", "latest", word, "epochs=5")
    assert done.returncode == 2
    assert f"{word} would change the past of this run" in done.stderr
    assert "Nothing was started" in done.stderr
    assert same(before, outcome(finished / "outputs" / "latest"))


def test_mistakes_in_what_may_change_are_found_before_anything_starts(finished):
    done = run(finished, "resume", "latest", "epochs=0", "callback.checkpoint.evry_steps=2")
    assert done.returncode == 2
    assert "epochs must be >= 1, got 0" in done.stderr
    assert "did you mean callback.checkpoint.every_steps?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_finished_run_is_complete_and_a_run_that_is_not_there_is_named(finished):
    done = run(finished, "resume", "latest")
    assert done.returncode == 0
    assert "already complete: 2 epochs" in done.stdout
    done = run(finished, "resume", "nope")
    assert done.returncode == 2
    assert "no run or sweep 'nope'" in done.stderr
    assert "runner runs, runner sweeps" in done.stderr


def test_the_hardware_may_be_another_choice(finished):
    from omegaconf import OmegaConf

    from runner.configuration import recorded
    from runner.verb.resume import apply

    cfg = recorded((finished / "outputs" / "latest").resolve())
    assert apply(cfg, ["hardware=fsdp", "hardware.processes=2"]) == []
    assert OmegaConf.to_container(cfg.hardware)["shard"] is True
    assert cfg.hardware.processes == 2
    assert apply(cfg, ["dataset.workers=2"]) == []
    assert cfg.dataset.workers == 2
    assert "hardware=gpus: there are auto, cpu, ddp, fsdp, gpu" in apply(cfg, ["hardware=gpus"])


@pytest.mark.siege
def test_training_longer_is_allowed(tmp_path):
    assert run(tmp_path, *SHORT).returncode == 0
    done = run(tmp_path, "resume", "latest", "epochs=3")
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "outputs" / "latest" / "summary.json").read_text())
    assert (summary["status"], summary["epochs"]) == ("finished", 3)
    done = run(tmp_path, "resume", "latest")
    assert "already complete: 3 epochs" in done.stdout


def test_two_at_once_one_wins(tmp_path):
    first = start(tmp_path, *LONG, "epochs=500")
    path = tmp_path / "outputs" / "latest" / "metrics.jsonl"
    while not (path.exists() and path.stat().st_size):
        time.sleep(0.01)
    second = run(tmp_path, "resume", "latest")
    first.kill()
    first.communicate()
    assert second.returncode == 2
    assert f"in use by process {first.pid}" in second.stderr
