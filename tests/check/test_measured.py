from typing import ClassVar

import pytest

from runner.check import problems_of
from runner.task.classification import Classification
from tests.check.test_trial import problems


class Promising(Classification):
    """Lists a metric that it does not measure."""

    directions: ClassVar = {**Classification.directions, "charm": "max"}


PROMISING = "task._target_=tests.check.test_measured.Promising"


def test_a_metric_that_is_listed_and_not_measured_is_found_before_anything_starts():
    assert problems("dataset=digits", "model=mlp", PROMISING) == []
    (told,) = problems("dataset=digits", "model=mlp", PROMISING, "objective=valid/charm")
    assert told.startswith("objective=valid/charm is not measured by this task, though it lists it: there is valid/")
    words = ["callback=[record,early_stopping]", "callback.early_stopping.monitor=valid/charm"]
    (told,) = problems("dataset=digits", "model=mlp", PROMISING, *words)
    assert told.startswith("callback.early_stopping.monitor=valid/charm is not measured")


@pytest.mark.siege
@pytest.mark.parametrize(
    ("dataset", "model", "task"),
    [
        ("digits", "mlp", "classification"),
        ("breast_cancer", "mlp", "binary"),
        ("diabetes", "linear", "regression"),
        ("ratings", "embedding_dot_bias", "rating"),
        ("text", "gru", "language_modeling"),
    ],
)
def test_every_metric_of_ours_is_measured(dataset, model, task):
    from runner.make import make
    from tests.support import config

    cfg = config(f"dataset={dataset}", f"model={model}", f"task={task}", "callback=[record]")
    for name in make(cfg.task).directions:
        cfg.objective = f"valid/{name}"
        found = [problem.message for problem in problems_of(cfg) if "is not measured" in problem.message]
        assert found == []
