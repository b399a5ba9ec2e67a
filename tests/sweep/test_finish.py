"""What is said at the end of a search, and its exit code."""

import json
import signal
from dataclasses import replace
from types import SimpleNamespace

import optuna
import pytest
from omegaconf import OmegaConf

from runner.sweep.finish import conclude, failed, to_go, unmet, why
from runner.sweep.results import Results
from runner.sweep.row import Row
from runner.sweep.second import Second
from runner.sweep.stop import Stop

BEST = Row(1, "COMPLETE", (0.5,), run="trials/1")


def stop(**state):
    made = Stop()
    for name, value in state.items():
        setattr(made, name, value)
    return made


def results(*rows):
    return Results("s", ("valid/accuracy",), ("maximize",), rows)


def begun(folder, *states, wanted=2, **cfg):
    study = optuna.create_study()
    for name in states:
        study.add_trial(
            optuna.trial.create_trial(state=optuna.trial.TrialState[name], value=1.0 if name == "COMPLETE" else None)
        )
    cfg = OmegaConf.create({"debug": None, "expect": {}, **cfg})
    return SimpleNamespace(
        place=SimpleNamespace(folder=folder), queue=SimpleNamespace(study=study), wanted=wanted,
        asked=SimpleNamespace(cfg=cfg, settings=SimpleNamespace(budget="2h", confirm=None)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "names", "rows", "code"),
    [
        ({}, ["COMPLETE"] * 2, [BEST, BEST], 0),
        ({}, ["FAIL", "COMPLETE"], [BEST, BEST], 1),  # the number of the trial that failed is 0
        ({"signum": signal.SIGINT}, ["FAIL"], [BEST], 130),
        ({"signum": signal.SIGTERM}, [], [], 143),
        ({"broken": "no module"}, [], [], 1),
        ({"failed": True}, ["COMPLETE"], [BEST], 1),
        ({"lost": "no space"}, ["COMPLETE"] * 2, [BEST], 1),
        ({"deadline": 0.0}, ["COMPLETE"], [BEST], 0),
        ({"deadline": 0.0}, [], [], 0),
        ({}, ["PRUNED"] * 2, [Row(0, "PRUNED"), Row(1, "PRUNED")], 1),
    ],
)
def test_exit_codes(tmp_path, state, names, rows, code):
    assert conclude(begun(tmp_path, *names), results(*rows), stop(**state)) == code


def test_how_to_go_on_is_said_where_something_is_left(tmp_path):
    folder = tmp_path / "mine"
    assert why(Stop(), folder, 0, "", "2h") == ""
    assert why(stop(deadline=0.0), folder, 3, "", "2h") == "sweep.budget=2h is used up. 3 to go: runner resume mine\n"
    assert why(stop(deadline=0.0), folder, 0, "", "2h") == "", "it was enough"
    assert why(stop(signum=15), folder, 2, "", "") == "stopped by SIGTERM. 2 to go: runner resume mine\n"
    assert "no module" in why(stop(broken="no module"), folder, 2, "", "")
    assert "fail_fast" in why(stop(failed=True), folder, 2, "", "")


def test_the_stage_that_confirms_is_counted(tmp_path, capsys):
    mine = begun(tmp_path / "mine", "COMPLETE", "COMPLETE")
    mine.asked.settings.confirm = {"top": 3, "seeds": 5}
    both = results(BEST, BEST)
    assert to_go(mine, results(BEST)) == (1, ", then sweep.confirm")
    assert to_go(mine, both) == (10, " of sweep.confirm"), "there are only two to confirm"
    half = replace(both, second=Second(5, False, 4))
    assert conclude(mine, half, stop(signum=2)) == 130
    assert conclude(mine, half, stop(deadline=0.0)) == 0
    assert capsys.readouterr().err == (
        "stopped by SIGINT. 4 to go of sweep.confirm: runner resume mine\n"
        "sweep.budget=2h is used up. 4 to go of sweep.confirm: runner resume mine\n"
    )
    assert conclude(mine, replace(both, second=Second(5, False, 0, ("#1 failed",))), Stop()) == 1
    assert capsys.readouterr().err == "#1 failed\n"


def test_what_failed_and_was_tried_again_counts_no_more():
    study = optuna.create_study()
    study.add_trial(optuna.trial.create_trial(state=optuna.trial.TrialState.FAIL))
    assert failed(SimpleNamespace(queue=SimpleNamespace(study=study))) == [0]
    study.enqueue_trial({}, user_attrs={"retry_of": 0})
    assert failed(SimpleNamespace(queue=SimpleNamespace(study=study))) == []


def finished(folder, run, value):
    (folder / run).mkdir(parents=True)
    summary = {"status": "finished", "metrics": {"final": {"test/accuracy": value}}}
    (folder / run / "summary.json").write_text(json.dumps(summary))


def test_the_mean_over_a_trials_runs_is_held_against_what_is_expected(tmp_path):
    cfg = OmegaConf.create({"expect": {"test/accuracy": ">= 0.85"}})
    finished(tmp_path, "trials/1", 0.9)
    finished(tmp_path, "trials/10", 0.1)
    assert unmet(cfg, tmp_path, BEST, ("valid/accuracy",)) == []
    finished(tmp_path, "trials/1-seed1", 0.7)
    assert unmet(cfg, tmp_path, BEST, ("valid/accuracy",)) == ["expected test/accuracy >= 0.85, got 0.8"]
    assert unmet(OmegaConf.create({**cfg, "debug": {"a": 1}}), tmp_path, BEST, ()) == [], "shortened: no promise"


def test_of_another_machines_trial_only_the_objective_is_known(tmp_path):
    cfg = OmegaConf.create({"expect": {"test/accuracy": ">= 0.9", "valid/accuracy": ">= 0.6"}})
    assert unmet(cfg, tmp_path, BEST, ("valid/accuracy",)) == ["expected valid/accuracy >= 0.6, got 0.5"]
