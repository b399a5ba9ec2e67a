import pytest
import torch

from runner.check.loss import check_loss
from runner.dataset.data import Data
from runner.task.binary import Binary
from runner.task.classification import Classification
from runner.task.language_modeling import LanguageModeling
from runner.task.rating import Rating
from runner.task.regression import Regression

NAMES = {"model": "mynet.Net", "task": "task=its", "dataset": "dataset=some"}
TREE = {"model": {"_target_": "runner.model.linear.Linear"}, "task": {}}
IMAGES = Data("pictures", (1, 8, 8), tuple("abc"), load=None)
TWO = Data("two", (30,), ("no", "yes"), load=None)
NUMBERS = Data("numbers", (30,), (), load=None, task="regression")
RATED = Data("rated", (2,), (), load=None, task="rating", sizes=(5, 6))
TEXT = Data("words", (7,), tuple("abcd"), load=None, tokens=tuple("abcd"), next_token=True)

TASKS = {
    "classification": (Classification(), IMAGES, [2, 3], "whose 3 classes need [2, 3]"),
    "weighted": (Classification(class_weight=[1.0, 2.0, 3.0]), IMAGES, [2, 3], "whose 3 classes need [2, 3]"),
    "binary": (Binary(), TWO, [2, 1], "of which task=its needs [2, 1]"),
    "regression": (Regression(), NUMBERS, [2, 1], "of which task=its needs [2, 1]"),
    "rating": (Rating(), RATED, [2, 1], "of which task=its needs [2, 1]"),
    "language_modeling": (LanguageModeling(), TEXT, [2, 7, 4], "whose 4 tokens need [2, 7, 4]"),
}


def said(task, data, outputs):
    found = check_loss(TREE, data, task, outputs, data.example(2)[1].to(outputs[0].device), NAMES)
    return [(problem.message, problem.key) for problem in found]


@pytest.mark.parametrize("device", ["cpu", pytest.param("meta", marks=pytest.mark.siege)])  # imports for seconds
@pytest.mark.parametrize("name", TASKS)
def test_every_task_says_what_shape_it_needs_and_others_are_the_models_fault(name, device):
    task, data, needed, why = TASKS[name]
    assert said(task, data, torch.zeros(needed, device=device)) == []
    for last in (needed[-1] + 2, needed[-1] + 5):
        shape = [*needed[:-1], last]
        told = f"mynet.Net returns {shape} for {data.name}, {why}"
        assert said(task, data, torch.zeros(shape, device=device)) == [(told, "model._target_")]
    told = f"mynet.Net returns [2] for {data.name}, {why}"
    assert said(task, data, torch.zeros(2, device=device)) == [(told, "model._target_")]


def test_what_is_no_tensor_is_refused_unless_the_task_takes_it():
    pair = torch.zeros(2, 3), torch.zeros(2)
    told = "mynet.Net returns a tuple for pictures, whose 3 classes need [2, 3]"
    assert said(Classification(), IMAGES, pair) == [(told, "model._target_")]

    class First(Classification):
        def loss(self, outputs, targets):
            return super().loss(outputs[0], targets)

    assert said(First(), IMAGES, pair) == []


def test_a_task_that_does_not_fit_the_data_is_told_as_before():
    message = "task=its does not fit dataset=some: predicts numbers, the targets are labels of classes: "
    assert said(Regression(), IMAGES, torch.zeros(2, 1))[0][0].startswith(message)
    assert said(LanguageModeling(), IMAGES, torch.zeros(2, 3))[0][1] == "task"


def test_a_task_of_ones_own_need_not_say_its_shape():
    class Own:
        def loss(self, outputs, targets):
            return outputs.sum()

    assert said(Own(), IMAGES, torch.zeros(2, 99)) == []
