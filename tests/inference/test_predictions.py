"""Predictions as rows, read back by the standard library's own reader."""

import csv
import io

import pytest
import torch

from runner.inference.predictions import as_csv, as_table, described, short
from runner.task.base import Task
from runner.task.binary import Binary

TASK = Task()
CLASSES = ("cat", "dog", "a, b")
CHANCES = torch.tensor([[0.2, 0.7, 0.1], [0.1, 0.3, 0.6]])


def test_the_most_probable_class():
    assert described(CHANCES, TASK.label, None, CLASSES) == [
        {"prediction": "dog", "probability": 0.7},
        {"prediction": "a, b", "probability": 0.6},
    ]


def test_the_task_says_which_class_is_predicted():
    chances = torch.tensor([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]])
    assert described(chances, Binary(threshold=0.25).label, None, ("no", "yes")) == [
        {"prediction": "no", "probability": 0.9},
        {"prediction": "yes", "probability": 0.3},
        {"prediction": "yes", "probability": 0.8},
    ]


def test_several_classes_and_what_is_right():
    first, _ = described(CHANCES, TASK.label, torch.tensor([0, 2]), CLASSES, top=2)
    assert first == {
        "target": "cat", "prediction": "dog", "probability": 0.7, "prediction_2": "cat", "probability_2": 0.2,
    }  # fmt: skip
    assert len(described(CHANCES, TASK.label, None, CLASSES, top=9)[0]) == 2 * len(CLASSES)


def test_numbers():
    assert described(torch.tensor([1.5, -0.1]), TASK.label, torch.tensor([1.0, 0.0]), ()) == [
        {"target": 1.0, "prediction": 1.5},
        {"target": 0.0, "prediction": -0.1},
    ]
    with pytest.raises(ValueError, match="no second best"):
        described(torch.tensor([1.5]), TASK.label, None, (), top=2)
    assert short(torch.tensor(0.1).item()) == 0.1


def test_csv_holds_any_name():
    rows = [{"file": 'a "b".png', **row} for row in described(CHANCES, TASK.label, None, CLASSES)]
    found = list(csv.DictReader(io.StringIO(as_csv(rows))))
    assert found == [{name: str(value) for name, value in row.items()} for row in rows]
    assert as_csv([]) == "\n"


def test_the_table_is_aligned():
    lines = as_table([{"file": "long.png", "probability": 0.123456}, {"file": "b", "probability": 1.0}]).splitlines()
    assert lines == ["file      probability", "long.png       0.1235", "b                   1"]
    assert as_table([]) == "no samples"
