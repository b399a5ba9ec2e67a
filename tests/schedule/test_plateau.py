import io
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.schedule.plateau import Plateau


@pytest.mark.parametrize("direction", ["min", "max"])
@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.one_of(st.integers(-20, 20).map(lambda n: n / 4), st.just(math.nan)), max_size=30),
    st.integers(0, 3),
    st.sampled_from([0.0, 0.25, 1.0]),
    st.sampled_from([0.0, 0.1]),
)
def test_is_torchs(direction, objectives, patience, threshold, minimum):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer,
        direction,
        factor=0.5,
        patience=patience,
        threshold=threshold,
        threshold_mode="abs",
        min_lr=minimum,
        eps=0,
    )
    plateau = Plateau(factor=0.5, patience=patience, threshold=threshold, minimum=minimum)
    for epoch, value in enumerate(objectives):
        assert plateau(epoch, len(objectives)) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9)
        plateau.observe(value, direction)
        scheduler.step(value)


def test_a_past_update_keeps_its_rate():
    plateau = Plateau(factor=0.5, patience=0)
    for epoch in range(3):
        for step in range(epoch * 10, epoch * 10 + 10):
            plateau(step, 40)
        plateau.observe(1.0, "min")
    assert [plateau(step, 40) for step in (0, 9, 10, 19, 20, 29, 30)] == [1, 1, 1, 1, 0.5, 0.5, 0.25]


def test_goes_on_from_its_state():
    plateau, resumed = Plateau(patience=1), Plateau(patience=1)
    values = [1.0, 0.5, 0.5, 0.6, 0.7, 0.8, 0.9]
    for epoch, value in enumerate(values):
        buffer = io.BytesIO()
        torch.save(plateau.state_dict(), buffer)
        buffer.seek(0)
        resumed = Plateau(patience=1)
        resumed.load_state_dict(torch.load(buffer, weights_only=True))
        for one in (plateau, resumed):
            one(epoch, 7)
            one.observe(value, "min")
        assert resumed.state_dict() == plateau.state_dict()
    assert len(plateau.stairs) == 2


def test_a_state_does_not_change_afterwards():
    plateau = Plateau(patience=0)
    state = plateau.state_dict()
    plateau.observe(1.0, "max")
    plateau.observe(1.0, "max")
    assert state == {"best": None, "worse": 0, "done": 0, "stairs": []}


def test_the_rise_multiplies():
    plateau = Plateau(warmup=0.5)
    assert [plateau(step, 4) for step in range(4)] == pytest.approx([1 / 3, 2 / 3, 1, 1])
