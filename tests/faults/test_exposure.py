"""What a run shows to others: no secret in what it leaves behind, nothing that they could read, no call home."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from runner.cli import umask
from runner.environment import VARIABLES
from tests.faults.flaky import ROOT
from tests.support import TINY

TYPED, READ, LOCATED, WRITTEN, NAMED = "s3cret-typed", "s3cret-read", "s3cret-located", "s3cret-written", "s3cret-named"
SECRETS = (TYPED, READ, LOCATED, WRITTEN, NAMED)
PARTS = f'''
import warnings
from dataclasses import replace
from runner.dataset.noise import noise
from runner.callback.base import Callback

API_KEY = "{WRITTEN}"  # known by its name in a patch, not in a text

def private(api_key, password, where, folder, samples: int = 96):
    """Data behind a password."""
    data = noise(samples=samples)
    return replace(data, load=lambda: replace(data.load(), source=f"{{where}} as {{password}}"))

class Failing(Callback):
    """Fails in the second epoch, and tells all it knows.

    Args:
        token: One more secret.
        fails: Whether it does.
    """

    def __init__(self, token: str, fails: bool = True):
        self.token, self.fails = token, fails

    def start(self, run):
        warnings.warn(f"with {{self.token}}")

    def epoch(self, run):
        if run.epoch == 2 and self.fails:
            raise RuntimeError(f"refused: {{self.token}} by postgresql://me:{LOCATED}@host/db")
'''
SITE = """
import os, sys

def note(*words):
    with open(os.environ["NOTED"], "a") as file:
        print(*words, file=file)

note("argv", os.getpid(), os.getppid(), *sys.orig_argv)
sys.addaudithook(lambda event, words: note(event, os.getpid(), *words[1:])
                 if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind") else None)
"""
WORDS = (
    *(word for word in TINY if not word.startswith("dataset")),
    "callback=[progress,record,checkpoint,mlflow]",
    "dataset._target_=parts.private",
    f"+dataset.api_key={TYPED}",
    "+dataset.password=${oc.env:DB_PASSWORD}",
    "+dataset.where=${oc.env:WHERE}",
    "+dataset.folder=${dataset.where}/${dataset.api_key}",
    "+dataset.samples=96",
    "+callback.failing._target_=parts.Failing",
    "+callback.failing.token=${dataset.password}",
)


def left_out(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words without the keys of the packaged dataset."""
    return ("dataset=noise", "~dataset.shape", "~dataset.classes", *words)


class Place:
    """A folder with a repository, parts of a user's own, and a Python that writes down whom it talks to."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.noted = folder, folder / "noted"
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(SITE)
        (folder / "parts.py").write_text("")
        for words in (["init", "-q"], ["add", "parts.py"], ["commit", "-qm", "x"]):
            who = ["-c", "user.name=a", "-c", "user.email=a@b.invalid"]
            subprocess.run(["git", *who, *words], cwd=folder, check=True)
        (folder / "parts.py").write_text(PARTS)
        self.said = ""

    def run(self, *words: str, **variables: str) -> int:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(self.folder / "site"), str(ROOT)]),
            "OMP_NUM_THREADS": "1",
            "NOTED": str(self.noted),
            "DB_PASSWORD": READ,
            "WHERE": f"postgresql://me:{LOCATED}@host/db",
            "SOME_SERVICE_TOKEN": NAMED,
            **variables,
        }
        environment.pop("MLFLOW_TRACKING_URI", None)
        command = [sys.executable, "-m", "runner", *words]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=240, check=False
        )
        self.said = done.stdout + done.stderr
        return done.returncode

    def leaks(self) -> list[str]:
        """Return the files under outputs, and the terminal, that hold a secret."""
        found = [f"terminal: {secret}" for secret in SECRETS if secret in self.said]
        for path in (self.folder / "outputs").rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                found += [f"{path}: {secret}" for secret in SECRETS if secret.encode() in content]
        return found

    def open_to_others(self) -> list[str]:
        """Return what somebody else may read or write."""
        paths = [self.folder / "outputs", *(self.folder / "outputs").rglob("*")]
        modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in paths if not path.is_symlink()}
        return [f"{path}: {mode:o}" for path, mode in modes.items() if mode & 0o077]

    def notes(self, event: str) -> list[list[str]]:
        lines = [line.split(maxsplit=2) for line in self.noted.read_text().splitlines() if line.startswith(f"{event} ")]
        return [line[1:] for line in lines]

    def talked_to(self) -> list[str]:
        """Return what of the network was asked for, apart from this very machine."""
        events = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind")
        return [line for event in events for _, line in self.notes(event) if not LOCAL(line)]


def LOCAL(line: str) -> bool:
    return any(word in line for word in ("127.0.0.1", "localhost", "::1")) or line.startswith(("/", "b'", 'b"', "'/"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A run that has failed in its second epoch, with five secrets around it."""
    made = Place(tmp_path_factory.mktemp("place"))
    assert made.run(*left_out(WORDS), "callback.mlflow.log_model=false") == 1, made.said
    assert "refused" in made.said, made.said
    return made


def test_no_secret_is_in_anything_that_a_run_leaves_behind(place: Place) -> None:
    assert place.leaks() == []


def test_what_is_written_is_still_of_use(place: Place) -> None:
    run = (place.folder / "outputs" / "latest").resolve()
    config, log = (run / "config.yaml").read_text(), (run / "log.txt").read_text()
    assert "api_key: '***'" in config
    assert "password: ${oc.env:DB_PASSWORD}" in config
    assert "folder: ${dataset.where}/${dataset.api_key}" in config
    assert "RuntimeError: refused: *** by ***" in log
    assert "Traceback" in log
    environment = json.loads((run / "environment.json").read_text())
    assert '+API_KEY = "***"' in environment["git"]["patch"]
    assert set(environment["variables"]) <= set(VARIABLES)
    assert json.loads((run / "tracking.json").read_text())["complete"], (run / "tracking.log").read_text()


def test_nobody_else_can_read_or_write_what_a_run_leaves_behind(place: Place) -> None:
    assert place.open_to_others() == []


def test_a_run_talks_to_this_machine_alone(place: Place) -> None:
    """Of all its processes, the one included that imports MLflow."""
    assert len(place.notes("argv")) >= 2, "nothing was noted"
    assert place.talked_to() == []


def test_no_process_of_ours_is_told_a_secret_in_its_command(place: Place) -> None:
    commands = [words for _, words in place.notes("argv")]
    told = [command for command in commands if any(secret in command for secret in SECRETS)]
    assert [command for command in told if "-m runner dataset=noise" not in command] == [], (
        "but for what the user typed"
    )


@pytest.mark.siege
def test_a_search_and_its_model_are_no_other(tmp_path: Path) -> None:
    made = Place(tmp_path)
    words = ["-m", "sweep.name=s", "sweep.jobs=2", *left_out(WORDS), "+callback.failing.fails=true,false"]
    assert made.run(*words) == 1, made.said  # one of its trials has failed
    search = tmp_path / "outputs" / "s"
    assert "COMPLETE" in (search / "results.csv").read_text()
    assert "refused: *** by ***" in (search / "trials" / "0" / "log.txt").read_text()
    assert "dataset.api_key is a secret that was not written down" in (search / "best.yaml").read_text()
    assert made.leaks() == made.open_to_others() == made.talked_to() == []
    assert list((tmp_path / "outputs" / "mlartifacts").rglob("MLmodel"))
    assert made.run("resume", "s", "sweep.trials=3") == 2
    assert "give it again" in made.said


@pytest.mark.siege
def test_a_search_by_a_launcher_of_hydras_own_is_no_other(tmp_path: Path) -> None:
    made = Place(tmp_path)
    words = ["-m", "hydra/launcher=basic", *left_out(WORDS), "+callback.failing.fails=false", "~callback.mlflow"]
    assert made.run(*words, "epochs=1,2") == 0, made.said
    [told] = (tmp_path / "outputs").glob("*/multirun.yaml")
    assert "- ++dataset.api_key=***\n" in told.read_text()
    assert "api_key: '***'" in told.read_text()
    assert made.leaks() == made.open_to_others() == made.talked_to() == []


@pytest.mark.siege
def test_a_run_of_several_processes_is_no_other(tmp_path: Path) -> None:
    made = Place(tmp_path)
    assert made.run(*left_out(WORDS), "hardware=cpu", "hardware.processes=2") == 1
    run = (tmp_path / "outputs" / "latest").resolve()
    assert "refused: *** by ***" in (run / "log.txt").read_text()
    assert "refused: *** by ***" in json.loads((run / "summary.json").read_text())["reason"]
    assert [path.name for path in run.glob(".*.tmp-*")] == []
    assert made.leaks() == made.open_to_others() == []
    assert set(made.talked_to()) <= {"('::', 0)"}, "but for torch's agent, which looks for a free port for an instant"
    commands = [words for _, words in made.notes("argv")]
    assert sum("runner.worker" in command for command in commands) == 2
    assert [c for c in commands if "-m runner " not in c and any(secret in c for secret in SECRETS)] == []


@pytest.mark.parametrize(("said", "expected"), [(None, 0o077), ("027", 0o027), ("007", 0o007), ("0", 0o002)])
def test_others_are_let_in_by_a_word(said: str | None, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNNER_UMASK", raising=False)
    if said:
        monkeypatch.setenv("RUNNER_UMASK", said)
    assert umask() == expected


def test_a_word_that_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_UMASK", "rwx")
    with pytest.raises(ValueError, match=r"RUNNER_UMASK must be octal digits, such as 027 .*, got 'rwx'"):
        umask()
