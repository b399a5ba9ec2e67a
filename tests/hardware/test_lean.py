import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

from runner.hardware.lean import direct_step
from runner.optimizer.adamw import adamw
from runner.optimizer.sgd import sgd

REPO = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("make", [adamw, sgd, torch.optim.RMSprop])
def test_the_direct_step_gives_the_same_bits(make):
    weights = [torch.nn.Parameter(torch.linspace(-1, 1, 20)) for _ in range(2)]
    wrapped, direct = (make([weight], lr=0.1) for weight in weights)
    step = direct_step(direct)
    for seed in range(3):
        gradient = torch.randn(20, generator=torch.Generator().manual_seed(seed))
        for weight in weights:
            weight.grad = gradient.clone()
        wrapped.step()
        step()
        assert torch.equal(*weights)


def test_hooks_and_plain_optimizers_are_respected():
    optimizer = sgd([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    calls = []
    optimizer.register_step_post_hook(lambda *_: calls.append(1))
    direct_step(optimizer)()
    assert calls == [1]


def test_hooks_of_all_optimizers_are_respected():
    optimizer = sgd([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    calls = []
    handle = register_optimizer_step_pre_hook(lambda *_: calls.append(1))
    try:
        direct_step(optimizer)()
    finally:
        handle.remove()
    assert calls == [1]


def test_an_eager_run_never_imports_the_compiler(tmp_path):
    code = """
import sys
from pathlib import Path
from tests.support import trained
trained(Path(sys.argv[1]) / "run", "epochs=1")
assert "torch._dynamo" not in sys.modules, "imported"
"""
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, check=True, timeout=120)
