"""The nearest right word."""

import pytest

from runner.check.suggest import did_you_mean, nearest

NAMES = [
    "epochs", "batch_size", "seed", "objective", "dataset", "model", "optimizer", "schedule", "callback",
    "model.widths", "model.depth", "model.dropout", "optimizer.lr", "optimizer.weight_decay", "dataset.valid",
    "dataset.augment.crop", "callback.ema", "callback.mlflow.patience",
]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("epocs", "epochs"),
        ("epoch", "epochs"),
        ("bath_size", "batch_size"),
        ("modle", "model"),
        ("modle.depth", "model.depth"),
        ("model.dept", "model.depth"),
        ("model.widhts", "model.widths"),
        ("dataset.vaild", "dataset.valid"),
        ("lr", "optimizer.lr"),
        ("depth", "model.depth"),
        ("weight_deca", "optimizer.weight_decay"),
        ("optimizer.dropout", "model.dropout"),
        ("optimizer.LR", "optimizer.lr"),
        ("dataset.augmnt.crop", "dataset.augment.crop"),
        ("model.foo", None),
        ("xyzzy", None),
        ("qqq.rrr", None),
    ],
)
def test_nearest(word, expected):
    assert nearest(word, NAMES) == expected


def test_a_few_names_are_listed_when_none_is_near():
    assert did_you_mean("cat", ["cnn", "mlp"]) == ": there is cnn, mlp"
    assert did_you_mean("cmn", ["cnn", "mlp"]) == ": did you mean cnn?"
    assert did_you_mean("cat", []) == ""
