from types import SimpleNamespace

import pytest

from runner.callback.early_stopping import EarlyStopping

DIRECTIONS = {"accuracy": "max", "loss": "min"}


def feed(callback, values, name="valid/accuracy"):
    task = SimpleNamespace(directions=DIRECTIONS)
    reasons = [callback.epoch(SimpleNamespace(task=task, objective=name, metrics={name: v})) for v in values]
    return [index for index, reason in enumerate(reasons) if reason]


@pytest.mark.parametrize(
    ("values", "stops"),
    [([1, 2, 3, 3, 3], [4]), ([3, 2, 4, 1, 2], [4]), ([1, 2, 3, 4, 5], []), ([1, float("nan"), float("nan")], [2])],
)
def test_stops_after_patience_epochs_without_an_improvement(values, stops):
    assert feed(EarlyStopping(patience=2), values) == stops


def test_smaller_is_better_for_a_loss():
    assert feed(EarlyStopping(patience=2), [3, 2, 2.5, 2.6], "valid/loss") == [3]


def test_a_small_improvement_does_not_count():
    assert feed(EarlyStopping(patience=2, min_delta=0.5), [1, 1.4, 1.5]) == [2]


def test_another_metric_than_the_objective():
    callback = EarlyStopping(patience=1, monitor="valid/loss")
    task = SimpleNamespace(directions=DIRECTIONS)
    rows = [{"valid/accuracy": 1, "valid/loss": 1}, {"valid/accuracy": 2, "valid/loss": 2}]
    reasons = [callback.epoch(SimpleNamespace(task=task, objective="valid/accuracy", metrics=row)) for row in rows]
    assert reasons == [None, "valid/loss has not improved for 1 epochs"]


def test_the_count_survives_a_restart():
    first, second = EarlyStopping(patience=2), EarlyStopping(patience=2)
    feed(first, [3, 2])
    second.load_state_dict(first.state_dict())
    assert feed(second, [2]) == [0]
