import re

import pytest
import torch

from runner.task.base import Task, named, numbers, one_column
from runner.task.binary import Binary
from runner.task.classification import Classification
from runner.task.language_modeling import LanguageModeling
from runner.task.rating import Rating
from runner.task.regression import Regression


def test_what_a_task_leaves_open():
    task = Task()
    for method in (task.loss, task.measure):
        with pytest.raises(NotImplementedError):
            method(torch.zeros(1), torch.zeros(1))
    outputs = torch.randn(2, 3)
    assert task.predict(outputs) is outputs
    assert task.count(torch.zeros(5, 3)) == 5


def test_helpers():
    assert one_column(torch.ones(3, 1)).shape == (3,)
    with pytest.raises(ValueError, match="one number"):
        one_column(torch.ones(3))
    with pytest.raises(ValueError, match="labels"):
        numbers(torch.tensor([1, 2]))
    assert named(("a", "b"), [torch.tensor(1), torch.tensor(0.5)]) == {"a": 1.0, "b": 0.5}


def test_a_tally_is_bincount():
    from runner.task.base import tally

    numbers = torch.tensor([3, 0, 3, 1])
    assert torch.equal(tally(numbers, 5), torch.bincount(numbers, minlength=5))
    assert torch.equal(tally(numbers[:0], 5), torch.zeros(5, dtype=torch.int64))


def test_what_predict_does_is_said_in_words():
    assert Task().reading() == "what Task makes of them"
    assert "softmax" in Classification().reading()
    assert "sigmoid" in Binary().reading()
    assert "from 0.3 on" in Binary(threshold=0.3).reading()
    assert "softmax" in LanguageModeling().reading()
    assert Rating().reading() == "a number in the unit of the targets"
    task, output = Regression(center=-2.5, spread=3.0), torch.tensor([[2.0]])
    formula = re.search(r"output \* .* \+ \S+", task.reading())
    assert formula is not None
    assert eval(formula[0], {"output": output}) == task.predict(output)
