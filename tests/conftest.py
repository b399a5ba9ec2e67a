"""What every test shares: one thread for torch, and the program as a user runs it."""

import logging
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported: two threads on two shared cores only disturb
os.environ.pop("COLUMNS", None)  # how wide a terminal is said to be: some ways to start tests set it
_STATE = tempfile.TemporaryDirectory(prefix="runner-state-")
os.environ["XDG_STATE_HOME"] = _STATE.name  # what tests train is not noted among the user's own runs

from runner.trust.given import forget  # noqa: E402  # after the variables above

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _nothing_is_vouched_for():
    """What one test trusts, for its whole process, the next one does not."""
    yield
    forget()


@pytest.fixture(autouse=True)
def _nobody_else_listens():
    """What Hydra sets up to write a log to a test's own standard output goes with it."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    for handler in root.handlers[:]:
        if type(handler) is logging.StreamHandler and handler not in before:
            root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def cli(tmp_path):
    """Run ``python -m runner WORDS...`` in an empty folder."""

    def run(*words, timeout=120, **variables):
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]  # also of an emulated GPU
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **variables}
        command = [sys.executable, "-m", "runner", *words]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=timeout, check=False
        )

    return run


@pytest.fixture
def here(tmp_path, monkeypatch, capfd):
    """Run ``runner WORDS...`` in this process, in an empty folder: the same words, without the time of imports."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])

    def run(*words):
        from runner.cli import main

        mask = os.umask(0o077)
        try:
            with pytest.raises(SystemExit) as ended:
                main(list(words))
        finally:
            os.umask(mask)
        return subprocess.CompletedProcess(words, ended.value.code, *capfd.readouterr())

    return run


@pytest.fixture
def own_words(tmp_path, monkeypatch):
    """A folder to work in with a recipe and a part of the user's own, ``mine.yaml`` and ``parts/model/own.yaml``."""
    from runner.compose import run_id

    monkeypatch.chdir(tmp_path)
    run_id.cache_clear()
    (tmp_path / "mine.yaml").write_text("defaults: [config, _self_]\nseed: 5\n")
    (tmp_path / "parts" / "model").mkdir(parents=True)
    (tmp_path / "parts" / "model" / "own.yaml").write_text("_target_: own.Net\n")
    return tmp_path


def pytest_addoption(parser):
    parser.addoption("--seed", default="0", help="of the tests that strike at random; 'random' draws one and says it")


def pytest_configure(config):
    if config.option.seed == "random":
        config.option.seed = str(random.SystemRandom().randrange(10**6))
    if not re.search(r"(?<!not )\b(gpus?|emulated)\b", config.option.markexpr):
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # all other tests are about a CPU, on any machine


def pytest_report_header(config):
    return f"faults: --seed={config.option.seed}"


@pytest.fixture
def chance(request):
    """Random numbers of a test's own; the same ones for the same ``--seed``, which the test's output names."""
    print(f"--seed={request.config.option.seed}")
    return random.Random(f"{request.config.option.seed} {request.node.name}")
