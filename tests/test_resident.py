import torch

from runner.dataset.data import Split, Splits
from runner.resident import Resident


def splits(value=0):
    part = Split(torch.full((4, 2), float(value)), torch.zeros(4, dtype=torch.int64))
    return Splits(part, part, part, torch.zeros(2, 1), None, "", "")


class Load:
    """Counts how often it is called."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1
        return splits(self.count)


def test_an_equal_node_is_not_loaded_again():
    resident, load = Resident(), Load()
    first = resident({"a": 1, "b": [2, 3]}, load)
    assert resident({"b": [2, 3], "a": 1}, load) is first
    assert resident({"a": 2}, load) is not first
    assert load.count == 2


def test_the_last_ones_that_were_asked_for_are_kept():
    resident, load = Resident(keep=2), Load()
    for name in ("a", "b", "a", "c"):
        resident(name, load)
    assert load.count == 3
    resident("a", load)
    assert load.count == 3
    resident("b", load)
    assert load.count == 4


def test_what_was_changed_in_place_is_loaded_again():
    resident, load = Resident(), Load()
    first = resident("a", load)
    first.train.inputs[1:3].t().add_(1)  # by a view of a view
    again = resident("a", load)
    assert again is not first
    assert resident("a", load) is again


def test_a_node_that_holds_an_object_is_loaded_each_time():
    resident, load = Resident(), Load()
    node = {"a": object()}
    assert resident(node, load) is not resident(node, load)
    assert not resident.kept
