from __future__ import annotations

import json
from pathlib import Path

from runner.folder import all_sweeps
from runner.tracking.plan import params, read_plan, runs
from tests.tracking.conftest import make_run, make_sweep


def test_what_is_searched_is_read_from_its_file(tmp_path: Path) -> None:
    sweep = make_sweep(
        tmp_path / "s", identity={"seeds": 3, "storage": None}, seeds=3, directions=["minimize", "maximize"]
    )
    plan = read_plan(sweep)
    assert (plan.objectives, plan.maximize, plan.seeds, plan.trials) == (["valid/accuracy"], False, 3, 4)
    (sweep / "tracking.json").write_text(json.dumps({"facts": {"trials": 9}}))
    assert read_plan(sweep).trials == 9
    assert params(read_plan(sweep)) == {
        "sampler._target_": "runner.sweep.sampler.bayes.bayes",
        "trials": "9",
        "seed": "7",
        "seeds": "3",
        "objectives": '["valid/accuracy"]',
        "directions": '["minimize", "maximize"]',
        "space.optimizer.lr": "tag(log, interval(1e-4, 1e-1))",
    }


def test_a_sweep_that_says_nothing_has_a_plan_all_the_same(tmp_path: Path) -> None:
    plan = read_plan(tmp_path)
    assert (plan.objectives, plan.maximize, plan.seeds, plan.trials) == (["value"], True, 1, None)


def test_names_that_mlflow_does_not_take_are_changed(tmp_path: Path) -> None:
    sweep = make_sweep(tmp_path / "s", space={"a & b": "[1, 2]"}, sampler={"options.x": 1}, trials=None)
    assert params(read_plan(sweep))["space.a _ b"] == "[1, 2]"


def test_the_runs_of_a_sweep_by_number(tmp_path: Path) -> None:
    sweep = make_sweep(tmp_path / "outputs" / "s")
    for name in ("10", "2", "2-seed10", "2-seed9", "notes"):
        make_run(sweep / "trials" / name, 0)
    assert [run.name for run in runs(sweep)] == ["2", "2-seed9", "2-seed10", "10"]
    assert runs(tmp_path) == []
    make_run(tmp_path / "outputs" / "r", 0)
    assert all_sweeps(tmp_path / "outputs") == [sweep]
