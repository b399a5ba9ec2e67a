"""The range test: what it measures, what it makes of it, and that nothing of it is left."""

import math
from copy import deepcopy

import pytest
import torch

from runner.hardware.guard import NonFinite
from runner.inspect.rangetest import Mean, Range, range_test, smoothed, weight
from runner.state import capture
from tests.support import built, same

SGD = ["optimizer=sgd", "optimizer.momentum=0", "optimizer.weight_decay=0", "dataset.samples=128"]


@pytest.fixture
def run(tmp_path):
    made = built(tmp_path / "run", *SGD)
    made.callbacks = {}
    return made


def test_nothing_is_left_of_it(tmp_path):
    run = built(tmp_path / "run", "model.dropout=0.5", "optimizer=adamw")
    run.callbacks, callbacks = {}, run.callbacks
    run.hardware.backward(lambda x, y: run.task.loss(run.model(x), y), *next(iter(run.batches["train"]())))
    run.hardware.update()  # an optimizer that has a state already
    run.model.eval()
    before = deepcopy(capture(run))
    run.callbacks = callbacks
    rates = [group["lr"] for group in run.optimizer.param_groups]
    seen = range_test(run, 1e-5, 1.0, 12)
    assert len(seen.rates) == 12
    assert run.callbacks is callbacks
    run.callbacks = {}
    assert same(before, capture(run))
    assert not run.model.training
    assert [group["lr"] for group in run.optimizer.param_groups] == rates
    assert all(parameter.grad is None for parameter in run.model.parameters())
    assert list(tmp_path.rglob("*.*")) == []


def test_twice_is_the_same(run):
    assert range_test(run, 1e-3, 1.0, 10) == range_test(run, 1e-3, 1.0, 10)


def test_it_is_training_by_hand_at_rates_that_climb(run):
    """Plain SGD written out, on the batches of the first epoch and then of the second."""
    model = deepcopy(run.model)
    low, high, steps = 1e-2, 1e-1, 7
    data = [batch for epoch in (0, 1) for batch in run.batches["train"](epoch)][:steps]
    assert len(run.batches["train"]) == 5, "the test goes on into the second epoch"
    losses, rates = [], [low * (high / low) ** (step / 6) for step in range(steps)]
    for rate, (inputs, targets) in zip(rates, data, strict=True):
        loss = torch.nn.functional.cross_entropy(model(inputs), targets)
        weights = list(model.parameters())
        with torch.no_grad():
            for weight_, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
                weight_ -= rate * gradient
        losses.append(loss.item())
    seen = range_test(run, low, high, steps)
    assert seen.rates == pytest.approx(rates)
    assert seen.losses == pytest.approx(losses, rel=1e-5)
    assert seen.reason == ""


def test_groups_keep_their_ratio(tmp_path):
    run = built(tmp_path / "run", "+optimizer.rates={layers.1.*: 0.1}")
    run.callbacks = {}
    rates = []
    update = run.hardware.update
    run.hardware.update = lambda: (rates.append([group["lr"] for group in run.optimizer.param_groups]), update())
    seen = range_test(run, 1e-4, 1e-2, 3)
    for rate, groups in zip(seen.rates, rates, strict=True):
        assert sorted({round(group / rate, 6) for group in groups}) == [0.1, 1.0]


def test_an_explosion_ends_it(run):
    seen = range_test(run, 1e-2, 1e6, 40)
    assert "4 times its lowest" in seen.reason
    assert len(seen.rates) < 40
    assert len(seen.rates) == len(seen.losses) == len(seen.smooth)


def test_what_is_not_finite_ends_it(run):
    calls = []

    def backward(forward, inputs, targets):
        calls.append(0)
        if len(calls) == 4:
            raise NonFinite("the loss is nan: the weights are not finite")
        return torch.tensor(1.0, requires_grad=True).detach()

    run.hardware.backward, run.hardware.update = backward, lambda: None
    seen = range_test(run, 1e-3, 1.0, 10)
    assert (len(seen.rates), seen.reason) == (3, "the loss is nan: the weights are not finite")
    run.hardware.backward = lambda *_: torch.tensor(math.inf)
    with pytest.raises(ValueError, match=r"nothing to see at a rate of 0\.001: the loss is inf"):
        range_test(run, 1e-3, 1.0, 10)


@pytest.mark.parametrize(("low", "high", "steps"), [(1.0, 1.0, 10), (0.0, 1.0, 10), (1e-3, 1.0, 1), (1.0, 1e-3, 10)])
def test_a_range_must_climb(run, low, high, steps):
    with pytest.raises(ValueError, match="climbs"):
        range_test(run, low, high, steps)


def test_the_running_mean_is_that_of_adam():
    mean, values = Mean(0.9), [3.0, 1.0, 2.0]
    for count in (1, 2, 3):
        shares = [0.1 * 0.9 ** (count - 1 - i) for i in range(count)]
        expected = sum(s * v for s, v in zip(shares, values, strict=False)) / (1 - 0.9**count)
        assert mean(values[count - 1]) == pytest.approx(expected)


def test_smoothing_moves_nothing_and_an_explosion_reaches_back_to_nothing():
    fall = [1 / (1 + math.exp((i - 50) / 5)) for i in range(100)]
    both = smoothed(fall, 0.9)
    assert abs(min(range(100), key=lambda i: abs(both[i] - 0.5)) - 50) <= 1
    exploded = smoothed([*fall, 1e6, 1e9], 0.9)
    assert exploded[:100] == both


def curve(losses, low=1e-5, high=10.0):
    last = len(losses) - 1
    rates = [low * (high / low) ** (i / last) for i in range(len(losses))]
    return Range(rates, losses, smoothed(losses, weight(len(losses))))


def test_the_suggestions_of_a_curve_that_is_known():
    """A sigmoid over log(rate) is steepest in its middle, 1e-3; after it the loss explodes at 0.2."""
    rates = curve([0.0] * 120).rates
    losses = [2.3 / (1 + (rate / 1e-3) ** 2) + 0.05 + max(0.0, rate - 0.2) * 20 for rate in rates]
    seen = curve(losses)
    assert seen.steepest() == pytest.approx(1e-3, rel=0.25)
    assert 0.15 / 10 <= seen.tenth() <= 0.25 / 10


@pytest.mark.parametrize(
    "losses",
    [
        [1.0 + i for i in range(20)],
        [2.0, 2.0],
        [1.0, 3.0, 1.0, 3.0, 0.9, 3.0, 1.0, 3.0],
    ],
)
def test_a_loss_that_does_not_clearly_fall_suggests_nothing(losses):
    assert curve(losses).steepest() is None
    assert curve(losses).tenth() is None
