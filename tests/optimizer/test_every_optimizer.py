"""What is true of every optimizer that `runner ls optimizer` lists."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hydra.utils import get_object
from omegaconf import OmegaConf
from torch import nn

from runner.hardware.lean import direct_step
from runner.optimizer.groups import groups
from runner.schedule.schedule import Schedule

REPO = Path(__file__).parent.parent.parent
CHOICES = {path.stem: path for path in sorted((REPO / "conf" / "optimizer").glob("*.yaml"))}
RATES = dict.fromkeys(CHOICES, 0.02) | {"adagrad": 0.2, "lion": 0.01}


def make(choice, seed=0, **given):
    """Return a small model and its optimizer, as the YAML file has it."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))
    keys = OmegaConf.to_container(OmegaConf.load(CHOICES[choice]))
    target = get_object(keys.pop("_target_"))
    facts = {"model": model} if choice == "muon" else {}
    return model, target(groups(model), **facts, **{**keys, **given})


def data():
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(64, 4, generator=generator)
    return inputs, inputs[:, :3].argmax(1)


def train(model, step, count, start=0):
    inputs, targets = data()
    losses = []
    for i in range(start, start + count):
        rows = torch.randperm(64, generator=torch.Generator().manual_seed(i))[:32]
        model.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs[rows]), targets[rows])
        loss.backward()
        step()
        losses.append(loss.item())
    return losses


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize("choice", CHOICES)
def test_learns(choice):
    model, optimizer = make(choice, lr=RATES[choice])
    losses = train(model, optimizer.step, 100)
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])


@pytest.mark.parametrize("choice", CHOICES)
def test_the_direct_step_gives_the_same_bits(choice):
    (wrapped, one), (direct, other) = make(choice), make(choice)
    step = direct_step(other)
    assert step != other.step
    train(wrapped, one.step, 3)
    train(direct, step, 3)
    assert same(wrapped, direct)


@pytest.mark.parametrize("choice", CHOICES)
def test_goes_on_to_the_same_bits_from_plain_states(choice):
    model, optimizer = make(choice)
    train(model, optimizer.step, 3)
    buffer = io.BytesIO()
    torch.save([model.state_dict(), optimizer.state_dict()], buffer)
    buffer.seek(0)
    weights, state = torch.load(buffer, weights_only=True)
    resumed, restored = make(choice, seed=5)
    resumed.load_state_dict(weights)
    restored.load_state_dict(state)
    train(model, optimizer.step, 3, start=3)
    train(resumed, restored.step, 3, start=3)
    assert same(model, resumed)


@pytest.mark.parametrize("choice", CHOICES)
def test_a_rate_of_zero_moves_nothing(choice):
    model, optimizer = make(choice)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    Schedule(optimizer, lambda step, total: 0.0, total=1)(0)  # sets every group's rate
    train(model, optimizer.step, 1)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_none_imports_the_compiler():
    code = """
import sys
from tests.optimizer.test_every_optimizer import CHOICES, make, train
from runner.hardware.lean import direct_step, leave_compiler_out
leave_compiler_out()
for choice in CHOICES:
    model, optimizer = make(choice)
    train(model, direct_step(optimizer), 2)
    assert "torch._dynamo" not in sys.modules, choice
"""
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=120)
