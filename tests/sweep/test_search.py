"""Searches as a whole, with trials that take no training: what is done, how often, and what is said at the end."""

import csv
import signal
import time

import pytest

from runner.folder import lock
from tests.sweep.searching import begun, rows, searched, starts, states, trials, wait_for, workers

LR = "optimizer.lr=0.1,0.2,0.3,0.4"
FREE = ("sweep=bayes", "sweep/pruner=none", "optimizer.lr=interval(0.01,1.0)", "optimizer.eps=interval(0.0,1.0)")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(folder):
    with open(folder / "outputs/s/results.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_grid_is_done_exactly_and_once(here, capsys):
    words = (LR, "optimizer.weight_decay=0.1,0.2,0.3")
    assert searched("quick", *words, "sweep.jobs=3") == 0
    found = [(trial.params["optimizer.lr"], trial.params["optimizer.weight_decay"]) for trial in trials(here)]
    assert found == [(lr, decay) for lr in ("0.1", "0.2", "0.3", "0.4") for decay in ("0.1", "0.2", "0.3")]
    assert [row["run"] for row in table(here)] == [f"trials/{number}" for number in range(12)]
    assert all(len(starts(here, number)) == 1 for number in range(12))
    assert {start[2] for number in range(12) for start in starts(here, number)} == {"1"}, "one thread each"
    before = trials(here)
    assert searched("quick", *words, "sweep.trials=20") == 0, "the same command again finds everything done"
    assert trials(here) == before
    said = capsys.readouterr()
    assert "0.3" in said.out
    assert "sweep.trials=20: there are only 12" in said.err


def test_another_space_under_the_same_name_is_refused_with_the_difference(here, capsys):
    assert searched("quick", "optimizer.lr=0.1,0.2", "sweep.jobs=1") == 0
    before = (here / "outputs/s/study.journal").read_bytes()
    assert searched("quick", "optimizer.lr=0.1,0.3", "epochs=3") == 2
    said = capsys.readouterr().err
    assert "optimizer.lr: 0.1,0.2 -> 0.1,0.3" in said
    assert "epochs: 30 -> 3" in said
    assert (here / "outputs/s/study.journal").read_bytes() == before


def test_a_run_is_not_taken_for_a_search(here, capsys):
    (here / "outputs/s").mkdir(parents=True)
    (here / "outputs/s/config.yaml").write_text("epochs: 1\n")
    assert searched("quick", LR) == 2
    assert "is a run" in capsys.readouterr().err


def test_a_file_is_not_taken_for_a_folder(here, capsys):
    (here / "outputs").mkdir()
    (here / "outputs/s").write_text("a database")
    assert searched("quick", LR) == 2
    assert "outputs/s is a file: give another sweep.name" in capsys.readouterr().err


def test_a_storage_that_cannot_be_written_is_told_in_a_line(here, capsys):
    (here / "elsewhere").write_text("")
    assert searched("quick", LR, "sweep.storage=elsewhere/x.journal") == 2
    said = capsys.readouterr().err
    assert "elsewhere" in said
    assert "Traceback" not in said


def test_a_storage_that_is_lost_later_ends_in_a_line(here, capsys, monkeypatch):
    def lost(*_):
        raise OSError(28, "No space left on device", str(here / "study.journal"))

    monkeypatch.setattr("runner.sweep.engine.fill", lost)
    assert searched("quick", LR) == 1
    said = capsys.readouterr()
    assert said.err == "error: study.journal: No space left on device\n4 to go: runner resume s\n"
    assert (here / "outputs/s/results.csv").exists()


def test_what_cannot_be_written_costs_neither_the_table_nor_other_files(here, capsys, monkeypatch):
    def wrong(*_):
        raise KeyError("optimizer")

    monkeypatch.setattr("runner.sweep.record.write_best", wrong)
    assert searched("quick", "optimizer.lr=0.1,0.2", "sweep.jobs=1") == 1
    said = capsys.readouterr()
    assert said.err == "error: best.yaml was not written: KeyError: 'optimizer'\n"
    assert "0.2" in said.out
    assert len(table(here)) == 2


def test_an_added_key_is_confirmed_as_it_was_searched(here):
    words = ("+model.nonsense=1,2", "sweep.confirm={top: 1, seeds: 1}", "sweep.jobs=1")
    assert searched("quick", *words) == 0
    assert [trial.user_attrs["overrides"] for trial in trials(here, stage="confirm")] == [
        ["+model.nonsense=1", "seed=1"]
    ]


def test_a_study_that_was_lost_is_not_begun_anew_over_its_runs(here, capsys):
    assert searched("quick", "optimizer.lr=0.1,0.2", "sweep.jobs=1") == 0
    (here / "outputs/s/study.journal").unlink()
    assert searched("quick", "optimizer.lr=0.1,0.2") == 2
    assert "knows nothing" in capsys.readouterr().err


def test_one_process_of_a_machine_does_a_search_at_a_time(here, capsys):
    (here / "outputs/s").mkdir(parents=True)
    with lock(here / "outputs/s"):
        assert searched("quick", LR) == 2
    assert "in use by process" in capsys.readouterr().err


def test_the_same_seed_gives_the_same_sequence_also_in_pieces(here, monkeypatch):
    def sequence(name, *totals):
        folder = here / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        for total in totals:
            assert searched("quick", *FREE, "sweep.jobs=1", f"sweep.trials={total}") == 0
            assert states(folder) == ["COMPLETE"] * total
        return [trial.params for trial in trials(folder)]

    whole = sequence("whole", 14)
    assert sequence("pieces", 3, 12, 14) == whole
    assert len({tuple(params.values()) for params in whole}) == 14


def test_the_total_is_exact_however_many_work(here):
    assert searched("quick", *FREE, "sweep.trials=7", "sweep.jobs=4") == 0
    assert states(here) == ["COMPLETE"] * 7
    assert {len(trial.params) for trial in trials(here)} == {2}


def test_a_trial_that_raises_costs_itself_and_shows_in_the_exit_code(here, capsys):
    assert searched("picky", "optimizer.weight_decay=1,0,0.5", "sweep.jobs=1") == 1
    assert states(here) == ["FAIL", "COMPLETE", "COMPLETE"]
    assert trials(here)[0].user_attrs["reason"] == "RuntimeError: this one cannot be done"
    assert "this one cannot be done" in (here / "outputs/s/trials/0/log.txt").read_text()
    assert "Traceback" in (here / "outputs/s/workers.log").read_text()
    assert searched("picky", "optimizer.weight_decay=1,0,0.5", "sweep.retry_failed=true") == 1
    assert states(here) == ["FAIL", "COMPLETE", "COMPLETE", "FAIL"]
    assert trials(here)[3].user_attrs["retry_of"] == 0


def test_the_first_failure_ends_the_search_if_that_is_wanted(here, capsys):
    assert searched("picky", "optimizer.weight_decay=0,1,0.5,0.6", "sweep.jobs=1", "sweep.fail_fast=true") == 1
    assert states(here) == ["COMPLETE", "FAIL", "WAITING", "WAITING"]
    said = capsys.readouterr()
    assert "fail_fast" in said.err
    assert "2 to go: runner resume s" in said.err


def test_what_the_best_trial_misses_shows_in_the_exit_code(here, capsys):
    words = ("optimizer.lr=0.1,0.2", "sweep.jobs=1")
    assert searched("quick", *words, "expect={valid/accuracy: '>= 0.5'}") == 3
    assert "expected valid/accuracy >= 0.5, got -0.01" in capsys.readouterr().err
    assert searched("quick", *words, "expect={valid/accuracy: '>= -0.5'}") == 0


def test_a_budget_stops_in_time_with_results_and_the_rest_is_done_later(here, capsys):
    words = ("optimizer.lr=0.1,0.2,0.3", "epochs=20", "batch_size=400", "sweep.jobs=1")
    assert searched("steps", *words, "sweep.budget=5") == 0
    assert "sweep.budget=5 is used up. " in capsys.readouterr().err
    assert states(here).count("RUNNING") == 0
    assert "WAITING" in states(here)
    done = rows(here)
    assert sum(done.values()) < 60
    assert searched("steps", *words[:-2], "batch_size=400", "sweep.jobs=3", "sweep.budget=0.001") == 0
    assert rows(here) == done, "without a budget, no work"


def test_the_best_are_confirmed_with_seeds_that_did_not_choose_them(here, capsys):
    words = (LR, "sweep.confirm={top: 2, seeds: 3}", "sweep.jobs=1")
    assert searched("quick", *words) == 0
    again = trials(here, stage="confirm")
    assert [(trial.user_attrs["of"], trial.user_attrs["seed"]) for trial in again] == [
        (of, seed) for seed in (1, 2, 3) for of in (2, 1)
    ]
    assert [trial.user_attrs["run"] for trial in again][:2] == ["trials/2-seed1", "trials/1-seed1"]
    assert {start[1] for start in starts(here, "2-seed3")} == {"0.3"}
    assert [trial.value for trial in again if trial.user_attrs["of"] == 2] == pytest.approx([0.001, 0.002, 0.003])
    best = table(here)[2]
    assert float(best["confirmed"]) == pytest.approx(0.002)
    assert best["confirmed_n"] == "3"
    assert searched("quick", *words) == 0
    assert len(trials(here, stage="confirm")) == 6


@pytest.mark.siege
def test_ctrl_c_saves_and_a_second_one_does_not_wait(here):
    words = ("optimizer.lr=0.1,0.2,0.3", "epochs=50", "batch_size=100", "sweep.jobs=2")
    parent = begun(here, "steps", *words)
    wait_for(lambda: len(rows(here)) == 2 and all(rows(here).values()))
    parent.send_signal(signal.SIGINT)
    assert parent.wait(30) == 130
    assert workers(here) == []
    assert states(here) == ["WAITING"] * 3
    done = rows(here)
    assert "3 to go: runner resume s" in (here / "said").read_text()
    assert (here / "outputs/s/results.csv").exists()
    parent = begun(here, "picky", "optimizer.weight_decay=4", "sweep.name=hangs", "sweep.jobs=1")
    wait_for(lambda: (here / "outputs/hangs/trials/0/begun").exists())
    parent.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert parent.poll() is None, "it waits for its worker, which hangs"
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(20) == 143
    assert workers(here) == []
    assert states(here, name="hangs") == ["WAITING"]
    assert searched("steps", *words[:1], "epochs=50", "batch_size=1") == 2, "another batch size, another search"
    parent = begun(here, "steps", *words)
    assert parent.wait(120) == 0
    assert rows(here) == dict.fromkeys("012", 50), "no step was done twice"
    assert done


@pytest.mark.siege
def test_ctrl_c_while_the_best_are_confirmed_says_how_to_go_on_and_decides_nothing(here, capsys):
    words = ("optimizer.lr=0.2,0.3", "epochs=10", "batch_size=50", "sweep.confirm={top: 2, seeds: 2}", "sweep.jobs=1")
    parent = begun(here, "steps", *words)
    wait_for(lambda: (here / "outputs/s/trials/0-seed1/metrics.jsonl").exists())  # the second of the queue
    assert (here / "outputs/s/results.csv").exists(), "written before"
    parent.send_signal(signal.SIGINT)
    assert parent.wait(30) == 130
    assert "3 to go of sweep.confirm: runner resume s" in (here / "said").read_text()
    assert [(row["confirmed"], row["confirmed_n"]) for row in table(here)] == [("", ""), ("", "1")]
    assert searched("steps", *words) == 0
    assert [row["confirmed_n"] for row in table(here)] == ["2", "2"]
