import torch

from runner.hardware.processes import Alone, backend_of


def test_alone_everything_is_ones_own():
    group, inputs, targets = Alone(), torch.randn(3, 2), torch.arange(3)
    assert group.own(inputs, targets) == (inputs, targets, True)
    assert group.unite(["because"]) == ["because"]
    assert group.gather("word") == ["word"]
    assert group.in_turn(lambda: 5) == group.first(lambda: 5) == 5
    group.same({"batches": 3})


def test_what_processes_tell_each_other(pair):
    for found in pair:
        assert found["gather"] == ["from 0", "from 1"]
        assert found["unite"] == [["one"], ["both"], []]
        assert found["sum"] == {"a": [11, 22], "b": 0.5}  # also of what one of them has nothing of
        assert found["mean"] == 0.5
        assert found["highest"] == [0, 15, 0]  # one call later
    assert [found["in_turn"] for found in pair] == [0, 1]


def test_who_knows_other_facts_is_told_in_all_of_them(pair):
    """Before they wait for each other for ever: another number of batches, other data."""
    for found in pair:
        told = "processes that train together have different batches: 3 in process 0, 4 in process 1"
        assert found["same"] == told


def test_tensors_go_over_nccl_only_where_it_is(monkeypatch):
    assert backend_of(torch.device("cpu")) == "gloo"
    for present, backend in ((True, "nccl"), (False, "gloo")):
        monkeypatch.setattr("torch.distributed.is_nccl_available", lambda present=present: present)
        assert backend_of(torch.device("cuda", 0)) == backend
