import torch

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
