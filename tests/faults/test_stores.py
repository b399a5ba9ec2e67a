"""Stores of a search that crash, come back, or were torn: it waits and goes on, and each step is done once."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from runner.sweep.place import Place
from runner.sweep.study import open_study
from tests.sweep.conftest import postgresql as postgresql
from tests.sweep.conftest import server as server
from tests.sweep.searching import begun, wait_for, workers

WORDS = ("sweep=bayes", "sweep/pruner=none", "optimizer.lr=interval(0.01,1.0)", "epochs=12", "batch_size=60")
TRIALS, STEPS = 8, 12


def steps(folder: Path) -> dict[int, list[int]]:
    """Return the steps that each trial has done."""
    paths = (folder / "outputs/s/trials").glob("*/metrics.jsonl")
    return {int(path.parent.name): [json.loads(line)["step"] for line in path.open()] for path in paths}


def check(folder: Path, place: Place) -> None:
    trials = open_study(place).get_trials()
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * TRIALS
    assert len({trial.params["optimizer.lr"] for trial in trials}) == TRIALS
    assert steps(folder) == {number: list(range(1, STEPS + 1)) for number in range(TRIALS)}
    rows = (folder / "outputs/s/results.csv").read_text().splitlines()[1:]
    assert [row.split(",")[1] for row in rows] == ["COMPLETE"] * TRIALS


@pytest.mark.siege
def test_a_database_that_crashes_and_is_restarted_under_a_search_costs_it_nothing_but_time(
    postgresql: Any, tmp_path: Path
) -> None:
    url = postgresql.fresh()
    searching = begun(tmp_path, "steps", *WORDS, f"sweep.trials={TRIALS}", "sweep.jobs=2", f"sweep.storage={url}")
    for ended, how in ((1, signal.SIGQUIT), (3, signal.SIGINT)):  # a crash, and a restart by its keeper
        wait_for(lambda ended=ended: sum(len(done) == STEPS for done in steps(tmp_path).values()) >= ended, 120)
        assert searching.poll() is None, (tmp_path / "said").read_text()
        postgresql.stop(how)
        time.sleep(2)
        assert searching.poll() is None, (tmp_path / "said").read_text()
        postgresql.start()
    assert searching.wait(240) == 0, (tmp_path / "said").read_text()
    check(tmp_path, Place.at(tmp_path / "outputs/s", url))
    for path in (tmp_path / "outputs").rglob("*"):
        assert path.is_dir() or b"s3cr" not in path.read_bytes(), path
    assert "s3cr" not in (tmp_path / "said").read_text()


@pytest.mark.siege
def test_a_journal_that_a_dead_search_has_locked_and_torn_is_gone_on_with(tmp_path: Path) -> None:
    words = (*WORDS, f"sweep.trials={TRIALS}", "sweep.jobs=2")
    first = begun(tmp_path, "steps", *words)
    wait_for(lambda: sum(len(done) == STEPS for done in steps(tmp_path).values()) >= 2, 120)
    for pid in (first.pid, *workers(tmp_path)):
        os.kill(pid, signal.SIGKILL)
    first.wait()
    place = Place.at(tmp_path / "outputs/s")
    with open(place.storage, "ab") as journal:
        journal.write(b'{"op_code":6,"worker_id":"w","trial_id":3,"sta')
    again = begun(tmp_path, "steps", *words)
    assert again.wait(240) == 0, (tmp_path / "said").read_text()
    check(tmp_path, place)
