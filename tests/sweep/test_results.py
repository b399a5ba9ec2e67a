import csv
import io
import math
import random

import pytest

from runner.sweep.results import as_csv, read_results, write_csv
from tests.sweep import made


def table(results):
    text = as_csv(results)
    return text.splitlines()[0], list(csv.DictReader(io.StringIO(text)))


def test_the_columns_are_those_of_the_contract(tmp_path):
    study = made.study(tmp_path / "s", identity=made.identity({"optimizer.lr": "", "model": ""}))
    made.add(study, value=0.1 + 0.2, texts={"model": "mlp", "optimizer.lr": "0.001"})
    made.add(study, "PRUNED", value=0.25, texts={"model": "cnn", "optimizer.lr": "0.1", "+model.width": "8"}, epochs=3)
    made.add(study, "FAIL", texts={"model": 'a,"b"', "optimizer.lr": "1"}, seconds=None)
    study.enqueue_trial({"optimizer.lr": 0.5})
    write_csv(tmp_path / "results.csv", read_results(study))
    assert (tmp_path / "results.csv").read_text() == (
        "number,state,value,seconds,epochs,run,optimizer.lr,model,model.width\n"
        "0,COMPLETE,0.30000000000000004,1.5,10,trials/0,0.001,mlp,\n"
        "1,PRUNED,0.25,1.5,3,trials/1,0.1,cnn,8\n"
        '2,FAIL,,1.5,10,trials/2,1,"a,""b""",\n'
        "3,WAITING,,,,,,,\n"
    )
    study.ask()
    assert table(read_results(study))[1][3]["state"] == "RUNNING"


def test_several_seeds_bring_their_spread(tmp_path):
    study = made.study(tmp_path / "s")
    made.add(study, value=0.9, per_seed=[[0.8], [1.0]])
    made.add(study, "PRUNED", value=0.5, per_seed=[[0.5]])
    made.add(study, "FAIL")
    head, rows = table(read_results(study))
    assert head == "number,state,value,sd,n,seconds,epochs,run"
    assert float(rows[0]["sd"]) == pytest.approx(math.sqrt(0.02))
    assert [(row["sd"] == "", row["n"]) for row in rows] == [(False, "2"), (True, "1"), (True, "")]


def test_several_objectives_have_a_column_each(tmp_path):
    study = made.study(tmp_path / "s", objectives=["test/accuracy", "params"], directions=["maximize", "minimize"])
    made.add(study, value=[0.9, 1000.0], texts={"epochs": "3"})
    made.add(study, "FAIL", texts={"epochs": "4"})
    head, rows = table(read_results(study))
    assert head == "number,state,test/accuracy,params,seconds,epochs,run,params_epochs", "no name stands twice"
    assert (rows[0]["params"], rows[0]["params_epochs"], rows[0]["epochs"]) == ("1000.0", "3", "10")
    assert rows[1]["params"] == ""


def test_confirmed_trials_have_three_columns_more(tmp_path):
    study, again = made.study(tmp_path / "s"), made.study(tmp_path / "s", suffix="/confirm")
    made.add(study, value=0.9)
    made.add(study, value=0.8)
    for seed, value in ((1, 0.7), (2, 0.8)):
        made.add(again, value=value, of=0, seed=seed)
    made.add(again, "FAIL", of=1, seed=1)
    head, rows = table(read_results(study, again))
    assert head == "number,state,value,confirmed,confirmed_sd,confirmed_n,seconds,epochs,run"
    assert (float(rows[0]["confirmed"]), rows[0]["confirmed_n"]) == (pytest.approx(0.75), "2")
    assert rows[1]["confirmed"] == rows[1]["confirmed_n"] == ""


def test_a_trial_of_another_program_has_its_parameters(tmp_path):
    study = made.study(tmp_path / "s")
    trial = study.ask()
    trial.suggest_int("a", 3, 3)
    study.tell(trial, 1.0)
    row = read_results(study).rows[0]
    assert (dict(row.texts), row.run, row.epochs) == ({"a": "3"}, "", None)
    assert row.seconds >= 0


@pytest.mark.parametrize(("direction", "best"), [("maximize", [1, 3, 0]), ("minimize", [0, 1, 3])])
def test_the_ranking_holds_what_was_finished_with_numbers(tmp_path, direction, best):
    study = made.study(tmp_path / "s", directions=[direction])
    for value in (0.1, 0.9, math.inf, 0.9):
        made.add(study, value=value)
    made.add(study, "PRUNED", value=5.0)
    made.add(study, "PRUNED", infeasible=True)
    made.add(study, "FAIL")
    results = read_results(study)
    assert [row.number for row in results.ranking()] == best, "of equals the first one is first"
    assert results.best().number == best[0]
    assert results.counts() == {
        "complete": 4, "pruned": 1, "infeasible": 1, "failed": 1, "running": 0, "waiting": 0
    }  # fmt: skip


def test_those_confirmed_with_all_seeds_come_first_by_their_mean(tmp_path):
    study, again = made.study(tmp_path / "s"), made.study(tmp_path / "s", suffix="/confirm")
    for value in (0.90, 0.91, 0.92, 0.80):
        made.add(study, value=value)
    for of, values in {0: (0.88, 0.89), 1: (0.70, 0.71), 2: (0.99,)}.items():
        for seed, value in enumerate(values, 1):
            made.add(again, value=value, of=of, seed=seed)
    assert [row.number for row in read_results(study, again).ranking()] == [0, 1, 2, 3]


def test_a_stage_that_was_cut_short_decides_nothing(tmp_path):
    study, again = made.study(tmp_path / "s"), made.study(tmp_path / "s", suffix="/confirm")
    again.set_user_attr("wanted", {"trials": [0, 1], "seeds": 2})
    for value in (0.92, 0.91, 0.90):
        made.add(study, value=value)
    made.add(again, value=0.70, of=0, seed=1)
    made.add(again, value=0.80, of=1, seed=1)
    found = read_results(study, again)
    assert [row.number for row in found.ranking()] == [0, 1, 2]
    assert found.second.left == 2
    assert found.samples(found.rows[0]) == {0: 0.92}
    assert [row["confirmed"] for row in table(found)[1]] == ["", "", ""], "a mean of some seeds is none"
    made.add(again, value=0.72, of=0, seed=2)
    assert [row.number for row in read_results(study, again).ranking()] == [0, 1, 2], "its rival may come further"
    made.add(again, "FAIL", of=1, seed=2, reason="no disk")
    found = read_results(study, again)
    assert [row.number for row in found.ranking()] == [0, 1, 2]
    assert found.second.failed == ("trial #1 could not be confirmed with seed 2: no disk",)
    made.add(again, value=0.82, of=1, seed=2, retry_of=3)
    found = read_results(study, again)
    assert [row.number for row in found.ranking()] == [1, 0, 2]
    assert (found.second.left, found.second.failed) == (0, ())


def test_who_diverges_with_another_seed_is_not_confirmed(tmp_path):
    study, again = made.study(tmp_path / "s"), made.study(tmp_path / "s", suffix="/confirm")
    again.set_user_attr("wanted", {"trials": [0, 1], "seeds": 1})
    for value in (0.92, 0.91):
        made.add(study, value=value)
    made.add(again, "PRUNED", of=0, seed=1, infeasible=True)
    made.add(again, value=0.5, of=1, seed=1)
    assert [row.number for row in read_results(study, again).ranking()] == [1, 0]


def test_the_front_is_optuna_s(tmp_path):
    study = made.study(tmp_path / "s", objectives=["a", "b", "c"], directions=["maximize", "minimize", "maximize"])
    draw = random.Random(0)
    for _ in range(60):
        made.add(study, value=[draw.randint(0, 6) / 4, draw.randint(0, 6) / 4, draw.randint(0, 6) / 4])
    made.add(study, value=[math.inf, 0.0, 1.0])
    made.add(study, "FAIL")
    results = read_results(study)
    expected = {trial.number for trial in study.best_trials} - {60}
    brute = {
        row.number
        for row in results.rows[:60]
        if not any(
            other.values != row.values
            and other.values[0] >= row.values[0]
            and other.values[1] <= row.values[1]
            and other.values[2] >= row.values[2]
            for other in results.rows[:60]
        )
    }
    front = results.front()
    assert {row.number for row in front} == brute
    assert expected <= brute, "Optuna lets an infinite value beat others"
    assert results.best() is not None
    assert [row.values[0] for row in front] == sorted((row.values[0] for row in front), reverse=True)


def test_keys_come_in_the_order_of_the_command(tmp_path):
    space = {"model": "cnn,mlp", "a & b": "", "never": ""}
    study = made.study(tmp_path / "s", identity=made.identity(space, seeds=2))
    made.add(study, value=1.0, texts={"b": "1", "a": "2", "z": "3", "model": "cnn"})
    results = read_results(study)
    assert results.keys == ("model", "a", "b", "z")
    assert results.sampler == "bayes"
    assert results.identity["seeds"] == 2
