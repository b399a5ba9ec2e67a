import numpy
import pytest

from runner.dataset.table.table import Table
from runner.dataset.table.target import read_target


def target(values, task=None):
    column = numpy.array(values, dtype=object if isinstance(values[0], str) else float)
    return read_target(Table("t.csv", {"y": column}, numpy.arange(2, len(values) + 2)), "y", task)


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        (["b", "a", "b"], "binary", ("a", "b")),
        ([1, 0, 1, 1], "binary", ("0", "1")),
        ([10, 9, 10, 2], "classification", ("2", "9", "10")),
        (["10", "9", "10", "x"], "classification", ("10", "9", "x")),
        ([*range(20), 1], "classification", tuple(map(str, range(20)))),
        ([*range(21), 1], "regression", ()),
        ([0.5, 1, 0.5], "regression", ()),
    ],
)
def test_the_values_decide_the_task(values, task, classes):
    found = target(values)
    assert (found.task, found.classes) == (task, classes)
    if classes:
        assert [found.classes[label] for label in found.values.tolist()] == [str(value) for value in values]
    else:
        assert found.values.tolist() == values


def test_the_task_can_be_told():
    assert target(["b", "a", "b"], "classification").classes == ("a", "b")
    assert target([1, 2, 1], "regression").values.tolist() == [1, 2, 1]
    assert target([0.5, 1.0, 0.5, 2.0], "classification").classes == ("0.5", "1", "2")


@pytest.mark.parametrize(
    ("values", "task", "reason"),
    [
        (["a", "a"], None, "every row has y=a"),
        ([3, 3], "classification", "every row has y=3"),
        (["a", "b", "c"], None, "all 3 values of y are different"),
        (["a", "b", "c", "c"], "binary", "dataset.task=binary: column y of t.csv has 3 classes"),
        (["1", "b", "1"], "regression", "line 3: y is 'b', and task=regression"),
        ([1, numpy.inf, 2], None, "line 3: y is inf"),
        ([1, 1e200, 2.5], None, "line 3: y is 1e.200: a target has to be finite"),
    ],
)
def test_what_does_not_suit_is_refused(values, task, reason):
    with pytest.raises(ValueError, match=reason):
        target(values, task)
