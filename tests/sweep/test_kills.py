"""Ten kills and interruptions at random moments of one search: nothing is lost, nothing is done twice, all is exact."""

import contextlib
import json
import os
import signal
import time

import pytest

from tests.sweep.searching import begun, starts, states, trials, wait_for, workers

WAYS = ("parent", "worker", "worker", "everything", "everything", "ctrl-c", "terminate", "ctrl-c twice")
SPACES = {
    "grid": ("optimizer.lr=range(0.1,0.5,0.1)", "optimizer.weight_decay=0.1,0.2,0.3,0.4"),
    "bayes": ("sweep=bayes", "sweep/pruner=none", "optimizer.lr=interval(0.01,1.0)", "sweep.trials=16"),
}
TRIALS, STEPS = 16, 8


@pytest.mark.siege
@pytest.mark.timeout(900)
@pytest.mark.parametrize("space", SPACES)
def test_ten_kills_at_random_leave_an_exact_search(space, tmp_path, chance):
    words = (*SPACES[space], f"epochs={STEPS}", "batch_size=300", "sweep.jobs=2", "sweep.retries=50")
    done, parent = [], None
    while len(done) < 10:
        if parent is None or parent.poll() is not None:
            parent = begun(tmp_path, "steps", *words)
        wait(parent, tmp_path, early=len(done) % 4 == 0)
        time.sleep(chance.uniform(0, 1))
        if parent.poll() == 0:  # it was faster than we are
            break
        done.append(chance.choice(WAYS))
        strike(done[-1], parent, tmp_path, chance)
    parent = parent if parent.poll() is None else begun(tmp_path, "steps", *words)
    assert parent.wait(300) == 0, (done, (tmp_path / "said").read_text()[-3000:])
    assert len(done) == 10
    found = trials(tmp_path)
    assert [trial.state.name for trial in found] == ["COMPLETE"] * TRIALS, done
    assert [trial.user_attrs["run"] for trial in found] == [f"trials/{number}" for number in range(TRIALS)]
    assert len({tuple(trial.params.items()) for trial in found}) == TRIALS, "every point once"
    folders = sorted(int(path.name) for path in (tmp_path / "outputs/s/trials").iterdir())
    assert folders == list(range(TRIALS))
    for trial in found:
        lines = (tmp_path / f"outputs/s/trials/{trial.number}/metrics.jsonl").read_text().splitlines()
        assert [json.loads(line)["step"] for line in lines] == list(range(1, STEPS + 1)), "from where it was"
        tried = [float(start[1]) for start in starts(tmp_path, trial.number)]
        assert tried == [pytest.approx(trial.params["optimizer.lr"])] * len(tried), "the same point each time"


def wait(parent, folder, early):
    """Wait until work is done, or, early, until there is somebody to do it."""
    before = written(folder)
    wait_for(lambda: parent.poll() is not None or (workers(folder) if early else written(folder) > before), 120)


def strike(way, parent, folder, chance):
    """End something, and look at what is left at once."""
    there = workers(folder)
    if way == "worker":
        kill(chance.sample(there, min(1, len(there))))
        return
    if way in ("parent", "everything"):
        kill([*(there if way == "everything" else []), parent.pid])
        parent.wait()
    else:
        parent.send_signal(signal.SIGTERM if way == "terminate" else signal.SIGINT)
        if way == "ctrl-c twice":
            with contextlib.suppress(AssertionError):
                wait_for(lambda: parent.poll() is not None, 0.1)
            parent.send_signal(signal.SIGINT)
        assert parent.wait(60) in (130, 143)
        assert "RUNNING" not in states(folder), way
    wait_for(lambda: workers(folder) == [], 5)


def kill(pids):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def written(folder):
    """Return how many steps have been recorded."""
    return sum(path.read_text().count("\n") for path in folder.glob("outputs/s/trials/*/metrics.jsonl"))
