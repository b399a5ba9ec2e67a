"""Searches with trivial trials, in this process or in one of its own."""

import os
import subprocess
import sys
import time
from pathlib import Path

from runner.sweep.place import Place
from runner.sweep.results import CONFIRM
from runner.sweep.study import open_study
from tests.sweep import drive

ROOT = Path(__file__).parent.parent.parent
QUIET = ("sweep.name=s", "~callback.mlflow", "sweep.report=false")


def searched(task, *words):
    """Search, in the current folder, and return the exit code; two workers unless told otherwise."""
    jobs = () if any(word.startswith("sweep.jobs=") for word in words) else ("sweep.jobs=2",)
    return drive.main(task, *QUIET, *jobs, *words)


def begun(folder, task, *words):
    """Start a search in a process of its own."""
    command = [sys.executable, "-m", "tests.sweep.drive", task, *QUIET, *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with open(folder / "said", "ab") as said:
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)


def trials(folder, name="s", stage=""):
    """Return what the study of a search holds."""
    place = Place.at(folder / "outputs" / name)
    if stage:
        place = Place(place.storage, f"{place.study}/{CONFIRM}", place.folder)
    return open_study(place).get_trials(deepcopy=False)


def states(folder, **where):
    return [trial.state.name for trial in trials(folder, **where)]


def starts(folder, run):
    """Return a line for each time that a trial was begun: process, learning rate, threads."""
    return [line.split() for line in (folder / "outputs/s/trials" / str(run) / "begun").read_text().splitlines()]


def rows(folder, name="s"):
    """Return the steps that were recorded in each trial's folder."""
    paths = sorted((folder / "outputs" / name / "trials").glob("*/metrics.jsonl"))
    return {path.parent.name: len(path.read_text().splitlines()) for path in paths}


def wait_for(condition, seconds=60.0):
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to that in time"
        time.sleep(0.02)


def workers(folder):
    """Return the process ids of the workers of searches that were started in a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
            if b"runner.sweep.worker" in words and os.readlink(path / "cwd") == str(folder):
                found.append(int(path.name))
        except OSError:  # it has gone
            continue
    return found
