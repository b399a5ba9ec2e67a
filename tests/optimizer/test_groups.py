import torch
from torch import nn

from runner.optimizer.groups import groups


def test_norms_and_biases_are_not_decayed():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
    decayed, plain = groups(model)
    assert {id(p) for p in decayed["params"]} == {id(model[0].weight), id(model[3].weight)}
    assert plain["weight_decay"] == 0
    assert len(plain["params"]) == 4
    optimizer = torch.optim.AdamW([decayed, plain], lr=0.1, weight_decay=0.5)
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.5, 0]


def test_frozen_parameters_are_left_out():
    model = nn.Linear(3, 2)
    model.bias.requires_grad_(False)
    [group] = groups(model)
    assert [id(p) for p in group["params"]] == [id(model.weight)]
