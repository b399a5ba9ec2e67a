from functools import partial

import torch

from runner.schedule.cosine import cosine
from runner.schedule.plateau import Plateau
from runner.schedule.schedule import Schedule


def make():
    first, second = torch.nn.Parameter(torch.ones(1)), torch.nn.Parameter(torch.ones(1))
    return torch.optim.SGD([{"params": [first]}, {"params": [second], "lr": 0.1}], lr=1.0)


def test_sets_the_rate_of_every_group_as_a_multiple_of_its_own():
    optimizer = make()
    schedule = Schedule(optimizer, lambda step, total: 1 - step / total, total=4)
    schedule(3)
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.025]
    assert schedule.rate(1) == 0.75


def test_a_restored_optimizer_keeps_the_base_rates():
    optimizer = make()
    schedule = Schedule(optimizer, lambda step, total: 0.5, total=4)
    schedule(0)
    optimizer.load_state_dict(optimizer.state_dict())  # replaces the groups, with the rate of the moment
    schedule(1)
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 0.05]


def test_a_groups_multiple_counts_once_and_the_largest_is_reported():
    weights = [torch.nn.Parameter(torch.ones(1)) for _ in range(3)]
    multiples = [{"multiple": 0.1}, {"multiple": 1.0}, {"multiple": 1.0, "lr": 9.0}]
    given = [{"params": [weight], **group} for weight, group in zip(weights, multiples, strict=True)]
    optimizer = torch.optim.SGD(given, lr=2.0)
    schedule = Schedule(optimizer, lambda step, total: 0.5, total=4)
    schedule(0)
    schedule(1)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 1.0, 4.5]
    assert schedule.rate(1) == 1.0


def test_a_pure_curve_observes_nothing_and_has_no_state():
    schedule = Schedule(make(), partial(cosine, final=0.1), total=4)
    schedule.observe(1.0, "min")
    assert schedule.state_dict() == {}
    schedule.load_state_dict({})
    schedule.load_state_dict({"best": 1.0})  # of a plateau: the run was resumed with another schedule
    assert schedule.rate(0) == 1


def test_a_plateau_observes_and_is_restored():
    optimizer = make()
    schedule = Schedule(optimizer, Plateau(factor=0.5, patience=0), total=4)
    for step in range(2):
        schedule(step)
        schedule.observe(1.0, "min")
    assert schedule.rate(1) == 1  # what the last update was made with
    restored = Schedule(make(), Plateau(factor=0.5, patience=0), total=4)
    restored.load_state_dict(schedule.state_dict())
    for one in (schedule, restored):
        one(2)
        assert [group["lr"] for group in one.optimizer.param_groups] == [0.5, 0.05]
        assert one.rate(2) == 0.5
