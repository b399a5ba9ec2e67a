import os

import pytest

from runner.folder import Busy, all_runs, lock
from runner.history.removal import consider, leftovers, remove, repoint
from runner.tracking.claim import claimed
from tests.history import made


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.chdir(made.place(tmp_path))
    return tmp_path / "outputs"


def test_a_run_goes_and_latest_leads_to_what_is_left(out):
    doomed = consider(out / made.THIRD)
    assert (doomed.kind, doomed.name, doomed.runs, doomed.warnings) == ("run", made.THIRD, (out / made.THIRD,), ())
    assert doomed.size > 1000
    os.utime(out / made.FIRST / "config.yaml", (2e9, 2e9))
    remove(doomed)
    assert not (out / made.THIRD).exists()
    assert os.readlink(out / "latest") == made.FIRST
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


def test_a_running_run_stays(out):
    doomed = consider(out / made.FIRST)
    with lock(out / made.FIRST):
        with pytest.raises(ValueError, match=rf"{made.FIRST} is running \(process {os.getpid()}\)"):
            consider(out / made.FIRST)
        with pytest.raises(Busy, match="is in use by process"):
            remove(doomed)
    with claimed(out / made.FIRST, wait=False), pytest.raises(Busy, match="is being sent to its tracking store"):
        remove(doomed)
    assert (out / made.FIRST / "summary.json").exists()


def test_what_is_done_before_may_prevent_it(out):
    def refuse():
        raise OSError("no answer")

    with pytest.raises(OSError, match="no answer"):
        remove(consider(out / made.FIRST), refuse)
    assert (out / made.FIRST / "summary.json").exists()


def test_a_trial_is_its_sweeps(out):
    trial = out / "mine" / "trials" / "0"
    with pytest.raises(
        ValueError, match=r"mine/trials/0 is a trial of mine, .* \(runner rm mine\), or say --from-sweep"
    ):
        consider(trial)
    doomed = consider(trial, from_sweep=True)
    assert doomed.warnings == (
        "the study of mine keeps its value: it is not trained again",
        "it is the best of mine: best.yaml still trains it, but its weights are gone",
    )
    with lock(out / "mine"), pytest.raises(ValueError, match="mine is running"):
        consider(trial, from_sweep=True)
    remove(doomed)
    assert [path.name for path in (out / "mine" / "trials").iterdir()] == []
    assert (out / "mine" / "sweep.yaml").exists()


def test_a_sweep_goes_with_its_trials_but_not_while_one_of_them_runs(out):
    doomed = consider(out / "mine")
    assert (doomed.kind, len(doomed.runs)) == ("sweep", 1)
    with lock(out / "mine" / "trials" / "0"):
        with pytest.raises(ValueError, match="mine/trials/0 is running"):
            consider(out / "mine")
        with pytest.raises(Busy, match="mine/trials/0 is in use"):
            remove(doomed)
    remove(doomed)
    assert not (out / "mine").exists()


def test_what_may_be_more_than_a_run_stays(out, monkeypatch):
    (out / "conf").mkdir()
    (out / "conf" / "config.yaml").write_text("a: 1\n")
    with pytest.raises(ValueError, match="but no overrides"):
        consider(out / "conf")
    (out / made.FIRST / "outputs").mkdir()
    with pytest.raises(ValueError, match="is more than a run"):
        consider(out / made.FIRST)
    monkeypatch.chdir(out / made.SECOND / "..")
    consider(out / made.SECOND)
    monkeypatch.chdir(out / made.SECOND)
    with pytest.raises(ValueError, match="this is where you work"):
        consider(out / made.SECOND)


def test_who_uses_its_weights_is_said(out):
    weights = {**made.CNN, "weights": f"outputs/{made.FIRST}/checkpoints/best.pt"}
    made.run(out / "x", model=weights)
    assert consider(out / made.FIRST).warnings == ("its files are named in the configuration of x",)


def test_what_a_killed_removal_leaves_is_found_and_not_listed(out):
    gone = out / f".{made.FIRST}.removed-1"
    (out / made.FIRST).rename(gone)
    (gone / "config.yaml").unlink()
    assert leftovers(out) == [gone]
    assert gone not in all_runs(out)


def test_latest_of_nothing_goes_too(out):
    for name in (made.FIRST, made.SECOND, made.THIRD, "mine"):
        remove(consider(out / name))
    assert not (out / "latest").is_symlink()
    repoint(out)
