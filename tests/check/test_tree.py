"""Configurations as plain values against signatures, without a command line."""

import copy
import sys

import pytest

from runner.check.metric import check_metrics, directions
from runner.check.tree import check_tree

GOOD = {
    "epochs": 1,
    "batch_size": 2,
    "seed": 0,
    "objective": None,
    "dataset": {"_target_": "runner.dataset.digits.digits", "augment": {"_target_": "runner.dataset.augment.Augment"}},
    "model": {"_target_": "runner.model.mlp.MLP", "widths": [3]},
    "task": {"_target_": "runner.task.classification.Classification"},
    "optimizer": {"_target_": "torch.optim.SGD", "lr": 0.1, "foreach": None},
    "schedule": {"_target_": "runner.schedule.cosine.cosine", "_partial_": True},
    "hardware": {"_target_": "runner.hardware.hardware.Hardware"},
    "callback": {"ema": {"_target_": "runner.callback.ema.EMA"}, "progress": None},
    "debug": None,
}


def messages(**changes):
    tree = copy.deepcopy(GOOD)
    for key, value in changes.items():
        node = tree
        *path, last = key.split("__")
        for part in path:
            node = node[part]
        node[last] = value
    return [problem.message for problem in [*check_tree(tree), *check_metrics(tree)]]


def test_a_good_configuration_has_no_problems():
    assert messages() == []
    assert messages(callback={}) == []
    assert messages(objective="valid/accuracy") == messages(objective="train/loss") == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model__widht": 1}, "unknown key model.widht: did you mean model.widths?"),
        ({"model__widths": 3}, "model.widths must be a list of whole numbers >= 1, got 3"),
        ({"model__widths": "???"}, "missing: model.widths (it has no default)"),
        ({"model": {"_target_": "runner.model.mlp.MLP"}}, "missing: model.widths (required by runner.model.mlp.MLP)"),
        ({"model": "cnn"}, "model must be a mapping with a _target_, got 'cnn'"),
        ({"model": {}}, "missing: model._target_ (what to build)"),
        ({"model": None}, "model must be a mapping with a _target_, got None"),
        ({"dataset__augment__crop": -1}, "dataset.augment.crop must be >= 0, got -1"),
        ({"optimizer__params": []}, "optimizer.params comes from the model: leave it out"),
        ({"schedule__total": 5}, "schedule.total comes from the run: leave it out"),
        ({"callback__ema__decay": 1}, "callback.ema.decay must be >= 0 and < 1, got 1"),
        ({"callback__x": 3}, "unknown key callback.x"),
        ({"callback__mlflow": {"uri": "x"}}, "callback.mlflow is not in this run: to add it write +callback=mlflow"),
        ({"extra": {"inner": 1}}, "unknown key extra.inner"),
        ({"objective": "valid/x"}, "objective=valid/x is no metric of this task: there is valid/accuracy, valid/loss, "
         "valid/top5, valid/f1, valid/recall, train/loss"),
        ({"objective": "train/acc"}, "objective=train/acc is no metric of this task: did you mean train/loss?"),
        ({"objective": 3}, "objective must be text or a list of text or null, got 3"),
        ({"callback__s": {"_target_": "runner.callback.early_stopping.EarlyStopping", "monitor": "valid/acc"}},
         "callback.s.monitor=valid/acc is no metric of this task: did you mean valid/accuracy?"),
    ],
)  # fmt: skip
def test_problems(changes, message):
    assert messages(**changes) == [message]


def test_a_problem_does_not_hide_another():
    assert len(messages(epochs=0, model__x=1, dataset__y=2, optimizer__momentum="z", objective="valid/x")) == 5


def test_metrics_are_read_without_an_import(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    lines = ["raise SystemError", "class Base:", "    directions: dict[str, str] = {'rmse': 'min', 'r2': 'max'}"]
    (tmp_path / "my_task.py").write_text("\n".join([*lines, "class Mine(Base):", "    pass", ""]))
    assert list(directions("my_task.Mine")) == ["rmse", "r2"]
    assert "my_task" not in sys.modules
    assert directions("no.such.Task") is None
    assert directions("runner.model.mlp.MLP") is None
