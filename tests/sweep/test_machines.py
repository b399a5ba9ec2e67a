"""Several machines, each with its own workers, on one search in a real PostgreSQL; one of them is killed."""

import csv
import os
import signal
import time

import pytest

from runner.sweep.place import Place
from runner.sweep.study import open_study
from tests.sweep.searching import begun, wait_for, workers

WORDS = ("sweep=bayes", "sweep/pruner=none", "optimizer.lr=interval(0.01,1.0)", "epochs=20", "batch_size=50")


@pytest.mark.siege
def test_machines_join_by_name_and_outlive_one_another(postgresql, tmp_path):
    url = postgresql.fresh()
    words = (*WORDS, "sweep.trials=12", "sweep.jobs=2", f"sweep.storage={url}")
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
    machines = [begun(folder, "steps", *words) for folder in folders]
    place = Place.at(folders[0] / "outputs/s", url)

    def steps(folder):
        return sum(path.read_text().count("\n") for path in folder.glob("outputs/s/trials/*/metrics.jsonl"))

    wait_for(lambda: all(steps(folder) > 3 for folder in folders), 120)
    victims = workers(folders[0])
    assert len(victims) == 2
    for pid in (machines[0].pid, *victims):
        os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    machines[0].wait()
    lost = {trial.number for trial in open_study(place).get_trials() if owned_by(trial, machines[0])}
    assert lost
    wait_for(lambda: not any(owned_by(trial, machines[0]) for trial in open_study(place).get_trials()), 30)
    assert time.monotonic() - killed < 5 + 5, "back in the queue, and taken by the other machine's workers in turn"
    again = begun(folders[0], "steps", *words)
    assert machines[1].wait(180) == 0
    assert again.wait(180) == 0
    trials = open_study(place).get_trials()
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 12
    assert len({trial.params["optimizer.lr"] for trial in trials}) == 12
    for folder in folders:
        with open(folder / "outputs/s/results.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert [row["state"] for row in rows] == ["COMPLETE"] * 12, "each machine knows all"
        assert "s3cret" not in (folder / "outputs/s/sweep.yaml").read_text()
        assert "s3cret" not in (folder / "said").read_text()


def owned_by(trial, machine):
    """Tell whether a trial runs with a worker of a process."""
    return trial.state.name == "RUNNING" and f"-{machine.pid}-" in trial.user_attrs["owner"]
