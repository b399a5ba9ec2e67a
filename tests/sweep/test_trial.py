import copy
import gc
import os
import signal
import threading
import warnings

import pytest
import torch
from optuna.pruners import SuccessiveHalvingPruner

from runner.configuration import composed
from runner.durable import read_json
from runner.resident import Resident
from runner.sweep.judge import Judge
from runner.sweep.place import Place
from runner.sweep.study import create_study, open_study
from runner.sweep.trial import Outcome, seeded, spoken_for, train_trial
from tests.support import config, outcome, same

ACCURACY = ["valid/accuracy"]


@pytest.fixture(autouse=True, scope="module")
def frozen():
    """What is there before the first trial stays, as in a worker: looking through it takes a tenth of a second."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def trials(tmp_path):
    path = tmp_path / "outputs" / "s" / "trials"
    path.mkdir(parents=True)
    return path


def tried(trials, number, *overrides, judge=None, objectives=ACCURACY, seeds=(0,), resident=None):
    cfg = config(*overrides)  # composed anew: a trial may change its own
    return train_trial(cfg, trials / str(number), list(overrides), judge, objectives, seeds, resident)


def summary(folder):
    return read_json(folder / "summary.json")


@pytest.mark.siege
def test_a_trial_of_a_warm_worker_is_that_of_the_program_alone_to_the_bit(cli, trials, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["model=mlp", "model.dropout=0.3", "model.widths=[32]", "epochs=2", "optimizer.lr=0.01", "~callback.mlflow"]
    assert cli(*words, "hydra.run.dir=outputs/alone").returncode == 0
    alone = trials.parents[1] / "alone"
    resident, others = Resident(), ["debug=smoke", "hardware.deterministic=true", "hardware.threads=2"]
    tried(trials, 0, "dataset=digits", *others, resident=resident)
    tried(trials, 1, "model.dropout=0.9", "seed=5", seeds=[5], resident=resident)
    cfg, problems = composed(words)
    assert not problems
    found = train_trial(cfg, trials / "2", words, None, ACCURACY, [0], resident)
    assert found.state == "COMPLETE"
    (state, rows), (expected, rows_alone) = outcome(trials / "2"), outcome(alone)
    assert expected["callbacks"].pop("progress") == {}, "the terminal is the search's"
    assert same(state, expected)
    assert rows == rows_alone
    assert (trials / "2" / "config.yaml").read_bytes() == (alone / "config.yaml").read_bytes()
    assert summary(trials / "2")["config_hash"] == summary(alone)["config_hash"]
    assert found.values == [summary(alone)["value"]]
    for key in ("packages", "git", "data", "targets", "notes", "threads", "variables"):
        assert read_json(trials / "2" / "environment.json")[key] == read_json(alone / "environment.json")[key]


def test_each_seed_has_a_run_of_its_own_and_values_are_means(trials):
    found = tried(trials, 3, seeds=[0, 1, 2], objectives=["valid/accuracy", "valid/loss"])
    folders = [trials / name for name in ("3", "3-seed1", "3-seed2")]
    runs = [summary(folder) for folder in folders]
    assert [run["status"] for run in runs] == ["finished"] * 3
    losses = [run["metrics"]["best"]["valid/loss"] for run in runs]
    assert found.per_seed == [[run["value"], loss] for run, loss in zip(runs, losses, strict=True)]
    assert found.values == [sum(run["value"] for run in runs) / 3, sum(losses) / 3]
    assert len(set(losses)) == 3
    assert found.epochs == 9
    assert found.seconds == pytest.approx(sum(run["seconds"]["total"] for run in runs))
    assert (folders[1] / "overrides.yaml").read_text() == "- seed=1\n"
    assert tried(trials, 3, seeds=[0, 1, 2], objectives=["valid/accuracy", "valid/loss"]) == found
    assert tried(trials, 3, seeds=[0]).values == [runs[0]["value"]]


def test_values_by_name(trials):
    names = ["test/f1", "params", "seconds", "train/loss"]
    found = tried(trials, 0, objectives=names)
    said = summary(trials / "0")
    assert dict(zip(names, found.values, strict=True)) == {
        "test/f1": said["metrics"]["final"]["test/f1"],
        "params": 556.0,
        "seconds": said["seconds"]["total"],
        "train/loss": said["metrics"]["best"]["train/loss"],
    }
    missing = tried(trials, 0, objectives=["test/f2"])
    assert missing.state == "FAIL"
    assert missing.reason.startswith("objective test/f2 was not measured: there is train/loss, valid/")
    assert missing.values == []


@pytest.mark.parametrize(
    ("words", "state", "reason"),
    [
        (["optimizer=sgd", "optimizer.lr=1e30"], "INFEASIBLE", "NonFinite"),
        (["model.dropout=7"], "FAIL", "dropout probability"),
    ],
)
def test_what_does_not_come_to_its_end(trials, words, state, reason):
    found = tried(trials, 0, *words, seeds=[0, 1])
    assert found.state == state
    assert reason in found.reason
    assert (found.values, found.per_seed, found.spoilt) == ([], [], False)
    assert not (trials / "0-seed1").exists()


def test_an_early_stop_is_no_failure(trials):
    words = ["callback=[record,checkpoint,early_stopping]", "callback.early_stopping.patience=1", "optimizer.lr=1e-30"]
    found = tried(trials, 0, *words)
    assert summary(trials / "0")["status"] == "stopped"
    assert (found.state, found.reason, found.epochs) == ("COMPLETE", "", 2)


@pytest.fixture
def judged(trials):
    """A study with one good trial, and the judge of a second one, which it gives up as soon as it may."""
    place = Place.at(trials.parent)
    study = create_study(place, ["maximize"], {})
    pruner = {"_target_": "runner.sweep.pruner.asha.asha", "first": 2}
    good = study.ask()
    good.report(2.0, 2)
    study.pruner = SuccessiveHalvingPruner(min_resource=2, reduction_factor=3)
    assert not good.should_prune()
    study.tell(good, 2.0)
    trial = study.ask()
    return place, Judge(place, trial._trial_id, pruner, 9)


def test_the_first_seed_is_pruned_and_answered_so(trials, judged):
    place, judge = judged
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = tried(trials, 1, "epochs=9", judge=judge, seeds=[0, 1])
    assert (found.state, found.epochs, found.values) == ("PRUNED", 2, [])
    assert found.reason.startswith("pruned: by asha, valid/accuracy")
    assert not (trials / "1-seed1").exists()
    assert summary(trials / "1")["status"] == "pruned"
    assert list(open_study(place).trials[1].intermediate_values) == [1, 2]
    assert tried(trials, 1, "epochs=9", judge=judge, seeds=[0, 1]) == found


@pytest.mark.siege
def test_of_two_processes_one_asks_and_both_leave(trials, judged):
    place, judge = judged
    words = [
        "hardware=cpu",
        "hardware.processes=2",
        "epochs=9",
        "+callback.progress={_target_:runner.callback.progress.Progress}",
    ]
    found = tried(trials, 1, *words, judge=judge)
    assert (found.state, found.epochs) == ("PRUNED", 2), found
    assert summary(trials / "1")["status"] == "pruned"
    assert list(open_study(place).trials[1].intermediate_values) == [1, 2]
    assert not (trials / "1" / "log.txt").exists()
    assert not list(trials.glob("*/.launch.tmp*"))
    assert tried(trials, 1, *words, judge=judge) == found


@pytest.mark.parametrize(
    "words",
    [
        ["dataset=digits", "dataset.augment.crop=1", "++dataset.augment.mixup=0.2", "model=mlp"],
        ["dataset=breast_cancer", "model=mlp", "dataset.sampling=balanced"],
        ["dataset=text", "task=language_modeling", "model=gru", "model.width=8", "batch_size=64"],
    ],
    ids=["images", "table", "text"],
)
def test_data_is_loaded_once_and_training_leaves_it_as_it_was(trials, words):
    resident = Resident()
    words = [*words, "debug=smoke", "objective=valid/loss"]
    for number in (0, 1):
        assert tried(
            trials, number, *words, f"optimizer.lr={0.01 + number}", objectives=["valid/loss"], resident=resident
        )
    ((splits, changes),) = resident.kept.values()
    before = splits.train.inputs
    assert tried(trials, 2, *words, objectives=["valid/loss"], resident=resident).state == "COMPLETE"
    ((splits, changed),) = resident.kept.values()
    assert splits.train.inputs is before
    assert changed == changes


def test_the_terminal_and_tracking_are_the_searchs_and_stay_in_the_record(trials, capsys):
    words = ["callback=[progress,mlflow,record,checkpoint]"]
    assert spoken_for(config(*words)) == ("progress", "mlflow")
    assert tried(trials, 0, *words).state == "COMPLETE"
    assert capsys.readouterr().out == ""
    assert not (trials / "0" / "tracking.log").exists()
    written = (trials / "0" / "config.yaml").read_text()
    assert "runner.callback.mlflow.MLflow" in written
    assert "runner.callback.progress.Progress" in written


def test_a_seed_is_said_once():
    cfg = config()
    assert seeded(cfg, ["a=1"], 0)[1] == ["a=1"]
    own, words = seeded(cfg, ["seed=0", "a=1"], 4)
    assert (own.seed, words, cfg.seed) == (4, ["a=1", "seed=4"], 0)


def resources():
    return len(os.listdir("/proc/self/fd")), threading.active_count(), len(os.listdir("/proc/self/task"))


@pytest.mark.siege
def test_fifty_trials_leave_nothing_behind(trials):
    resident, base = Resident(), config("epochs=1")
    handlers, threads = [signal.getsignal(number) for number in range(1, 16)], torch.get_num_threads()

    def several(numbers):
        for number in numbers:
            cfg = copy.deepcopy(base)
            cfg.optimizer.lr, cfg.model.dropout = 0.001 * (number + 1), 7 if number in (3, 13, 23) else 0
            found = train_trial(cfg, trials / str(number), [], None, ACCURACY, [number], resident)
            assert found.state == ("FAIL" if cfg.model.dropout else "COMPLETE")

    several(range(10))
    before = resources()
    several(range(10, 30))
    objects = len(gc.get_objects())
    several(range(30, 50))
    assert len(gc.get_objects()) < objects + 2000  # each of the twenty leaves as many, until they are looked for
    assert resources() == before
    assert [signal.getsignal(number) for number in range(1, 16)] == handlers
    assert torch.get_num_threads() == threads


def test_an_outcome_is_empty_until_something_is_known():
    assert Outcome("FAIL") == Outcome("FAIL", [], 0.0, 0, "", [], False)
