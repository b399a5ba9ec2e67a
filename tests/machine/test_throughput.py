"""A model in training: operations counted by hand, steps that are real steps."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from runner.machine.throughput import WARM, training, utilisation, work
from runner.machine.timing import BLOCKS
from tests.support import built


def test_operations_of_two_layers_by_hand():
    a, b, c, n = 5, 7, 3, 4
    model = nn.Sequential(nn.Linear(a, b), nn.ReLU(), nn.Linear(b, c))
    batch = torch.randn(n, a), torch.randint(c, (n,))
    forward, weights, inputs = 2 * (a * b + b * c), 2 * (a * b + b * c), 2 * b * c  # nobody asks for d loss / d pixels
    assert work(model, cross_entropy, *batch) == n * (forward + weights + inputs)
    assert all(parameter.grad is None for parameter in model.parameters())
    model[0].requires_grad_(False)
    assert work(model, cross_entropy, *batch) == n * (forward + 2 * b * c), "a frozen layer needs no gradients"


def test_operations_of_a_convolution_by_hand():
    model = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.Flatten(), nn.Linear(4 * 36, 1))
    convolution, linear = 2 * 36 * 9 * 2 * 4, 2 * 4 * 36
    found = work(model, lambda x, y: mse_loss(x.squeeze(1), y), torch.randn(3, 2, 6, 6), torch.randn(3))
    assert found == 3 * (2 * convolution + 3 * linear)


def test_the_operations_of_an_lstm_on_a_cpu_are_not_hidden_in_its_kernel():
    n, length, features, width = 2, 5, 8, 16
    found = work(
        nn.LSTM(features, width, batch_first=True),
        lambda outputs, targets: (outputs[0] - targets).square().mean(),
        torch.randn(n, length, features),
        torch.randn(n, length, width),
    )
    gates = 2 * n * length * 4 * width
    back_in_time = 2 * n * (length - 1) * 4 * width * width
    assert found == 2 * gates * (features + width) + back_in_time


def test_steps_are_those_of_a_run(tmp_path):
    run = built(tmp_path, "optimizer=sgd", "hardware=cpu")
    before = [parameter.detach().clone() for parameter in run.model.parameters()]
    inputs, targets = next(iter(run.batches["train"]()))
    steps = []
    run.model.eval()
    timing = training(run.hardware, run.model, run.task.loss, inputs, targets, 0.01, lambda: steps.append(1))
    assert timing.seconds > 0
    assert len(steps) >= WARM + 1 + BLOCKS
    assert run.model.training
    assert not any(torch.equal(*pair) for pair in zip(before, run.model.parameters(), strict=True))


def test_the_share_of_the_peak():
    assert utilisation(3e9, 4e9) == pytest.approx(0.75)
    assert utilisation(3e9, None) is None
    assert utilisation(0.0, 4e9) is None
