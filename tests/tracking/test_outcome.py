"""What folders and tables say, without a store."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner.tracking.outcome import Outcomes, Trial, best, last_word, progress
from runner.tracking.plan import Plan, read_plan
from tests.tracking.conftest import BEGUN, end_trial, make_sweep, make_trial, write_rows


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    return make_sweep(tmp_path / "outputs" / "s")


def trials(sweep: Path) -> list[tuple[int, str, float | None]]:
    """Return the ended trials of a sweep of which everything was read."""
    outcomes = Outcomes(sweep)
    for run in (sweep / "trials").iterdir():
        outcomes.note(run, read_plan(sweep).objectives[0])
    return [(t.number, t.state, t.value) for t in outcomes.trials(read_plan(sweep))]


def write_results(sweep: Path, text: str, at: float = BEGUN + 1000) -> None:
    (sweep / "results.csv").write_text(text)
    os.utime(sweep / "results.csv", (at, at))


def test_trials_come_in_the_order_in_which_they_ended(sweep: Path) -> None:
    make_trial(sweep, "0", "finished", 0.5, ended=BEGUN + 9)
    make_trial(sweep, "1", "pruned", 0.4, ended=BEGUN + 3)
    make_trial(sweep, "2", "interrupted", ended=BEGUN + 1)
    make_trial(sweep, "3", None, ended=BEGUN + 2)
    make_trial(sweep, "10", "stopped", 0.6, ended=BEGUN + 5)
    assert trials(sweep) == [(1, "pruned", 0.4), (10, "complete", 0.6), (0, "complete", 0.5)]


def test_a_trial_of_several_seeds_is_their_mean(tmp_path: Path) -> None:
    sweep = make_sweep(tmp_path / "outputs" / "s", seeds=2)
    make_trial(sweep, "0", "finished", 0.5)
    assert trials(sweep) == []
    make_trial(sweep, "0-seed1", "finished", 0.7)
    make_trial(sweep, "0-seed2", "finished", 0.1)  # only confirms
    make_trial(sweep, "1", "pruned", 0.2)
    make_trial(sweep, "2", "finished", 0.2)
    make_trial(sweep, "2-seed1", "failed")
    assert trials(sweep) == [(0, "complete", 0.6), (1, "pruned", 0.2), (2, "failed", None)]


def test_a_run_that_goes_on_has_not_ended(sweep: Path) -> None:
    run = make_trial(sweep, "0", "failed")
    outcomes, plan = Outcomes(sweep), read_plan(sweep)
    outcomes.note(run, "valid/accuracy")
    write_results(sweep, "number,state,value\n0,FAIL,\n")
    assert [t.state for t in outcomes.trials(plan)] == ["failed"]
    before = outcomes.state()
    outcomes.forget(run)
    assert outcomes.trials(plan) == []
    assert outcomes.state() != before
    assert outcomes.state() == outcomes.state()
    end_trial(run, "finished", 0.9)
    write_rows(run, [{"time": BEGUN + 2000, "epoch": 2, "step": 2}])
    outcomes.note(run, "valid/accuracy")  # it has ended after the table was written
    assert [(t.state, t.value) for t in outcomes.trials(plan)] == [("complete", 0.9)]


def test_the_table_has_the_trials_of_other_machines(sweep: Path) -> None:
    make_trial(sweep, "0", "finished", 0.5)
    make_trial(sweep, "4", "infeasible")
    rows = ["0,COMPLETE,0.55,3,trials/0", "1,COMPLETE,0.7,,", "2,PRUNED,0.3,,", "3,PRUNED,,,", "4,PRUNED,,,"]
    write_results(
        sweep, "\n".join(["number,state,value,epochs,run", *rows, "5,RUNNING,,,", "6,WAITING,,,", "7,FAIL,,,"])
    )
    assert trials(sweep) == [
        (0, "complete", 0.55),
        (4, "infeasible", None),
        (1, "complete", 0.7),
        (2, "pruned", 0.3),
        (3, "infeasible", None),
        (7, "failed", None),
    ]


def test_of_several_objectives_the_first_one_counts(tmp_path: Path) -> None:
    sweep = make_sweep(
        tmp_path / "outputs" / "s", objectives=["test/loss", "params"], directions=["minimize", "minimize"]
    )
    run = make_trial(sweep, "0", "finished", 0.9)
    (run / "summary.json").write_text(
        '{"status": "finished", "objective": "valid/accuracy", "value": 0.9, "metrics": {"final": {"test/loss": 0.2}}}'
    )
    assert trials(sweep) == [(0, "complete", 0.2)]
    write_results(sweep, "number,state,test/loss,params\n0,COMPLETE,0.25,100\n1,COMPLETE,0.1,200\n")
    assert trials(sweep) == [(0, "complete", 0.25), (1, "complete", 0.1)]
    assert not read_plan(sweep).maximize


PLAN = Plan(["loss"], maximize=False, seeds=1, trials=None, facts={})


def test_the_best_was_finished_and_is_a_number() -> None:
    found = [
        Trial(0, "complete", 0.5, 1.0),
        Trial(1, "pruned", 0.1, 2.0),
        Trial(2, "complete", float("nan"), 3.0),
        Trial(3, "complete", 0.3, 4.0),
        Trial(4, "complete", 0.3, 5.0),
        Trial(5, "complete", None, 6.0),
    ]
    chosen, other = best(found, PLAN), best(found, PLAN._replace(maximize=True))
    assert chosen is not None
    assert other is not None
    assert (chosen.number, other.number) == (3, 0)
    assert best(found[1:3], PLAN) is None


def test_the_best_is_the_best_of_the_confirmed() -> None:
    """The table has a mean only for those that were trained again with all their seeds."""
    found = [
        Trial(0, "complete", 0.1, 1.0),
        Trial(1, "complete", 0.2, 1.0, confirmed=0.4, seeds=5),
        Trial(2, "complete", 0.3, 1.0, confirmed=0.35, seeds=5),
        Trial(3, "complete", 0.01, 1.0, seeds=4),
    ]
    chosen = best(found, PLAN)
    assert chosen is not None
    assert chosen.number == 2


def test_progress_is_the_best_so_far() -> None:
    found = [Trial(0, "failed", None, 1.0), Trial(1, "complete", 0.5, 2.0), Trial(2, "complete", 0.7, 3.0)]
    points = {(p.key, p.step): (p.value, p.time) for p in progress(found, PLAN)}
    assert {step: value for (key, step), value in points.items() if key == "best/loss"} == {
        2: (0.5, 2.0),
        3: (0.5, 3.0),
    }
    assert points["trials/failed", 3] == (1.0, 3.0)
    assert points["trials/complete", 1] == (0.0, 1.0)


def test_the_last_word_of_a_long_record(sweep: Path) -> None:
    run = make_trial(sweep, "0", None)
    write_rows(run, [{"time": BEGUN + i, "step": i, "text": "x" * 1000} for i in range(200)])
    assert last_word(run) == BEGUN + 199
    (run / "metrics.jsonl").write_text("")
    assert last_word(run) == (run / "environment.json").stat().st_mtime
