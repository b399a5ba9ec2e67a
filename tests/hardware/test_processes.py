import torch

from runner.hardware.processes import Alone


def test_alone_everything_is_ones_own():
    group, inputs, targets = Alone(), torch.randn(3, 2), torch.arange(3)
    assert group.own(inputs, targets) == (inputs, targets, True)
    assert group.unite(["because"]) == ["because"]
    assert group.gather("word") == ["word"]
    assert group.in_turn(lambda: 5) == group.first(lambda: 5) == 5


def test_what_processes_tell_each_other(pair):
    for found in pair:
        assert found["gather"] == ["from 0", "from 1"]
        assert found["unite"] == [["one"], ["both"], []]
        assert found["sum"] == {"a": [11, 22], "b": 0.5}  # also of what one of them has nothing of
        assert found["mean"] == 0.5
        assert found["highest"] == [0, 15, 0]  # one call later
    assert [found["in_turn"] for found in pair] == [0, 1]
