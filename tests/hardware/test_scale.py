import pytest
import torch

from runner.hardware.guard import NonFinite
from runner.hardware.scale import LEAST, living


def scaler_at(value):
    scaler = torch.amp.GradScaler("cpu", init_scale=value)
    scaler.scale(torch.ones(()))
    return scaler


def test_a_scale_is_looked_at_as_often_as_told():
    calls = []
    update = living(lambda: calls.append(1) or 1, scaler_at(LEAST / 2), every=3)
    assert [update(), update()] == [1, 1]
    with pytest.raises(NonFinite, match="the loss scale is dead"):
        update()
    assert len(calls) == 3


def test_a_low_scale_is_not_dead_yet():
    assert living(lambda: 1, scaler_at(LEAST), every=1)() == 1
