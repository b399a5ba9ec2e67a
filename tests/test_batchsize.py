"""``batch_size=auto`` becomes a number: the largest that fits."""

import math
import signal
import sys

import pytest
import torch

from runner.batchsize import none_fits, settle_batch_size
from runner.inspect.batchsize import Try, sizes
from runner.interrupt import Interrupt, Interrupted
from tests.support import config

SCARCE = '''
import math, resource
import psutil
from torch import nn

class Scarce(nn.Module):
    """Leaves its process 240 MiB, and keeps 1 MiB a sample from forward to backward."""
    def __init__(self, in_shape, classes):
        super().__init__()
        self.narrow, self.wide = nn.Linear(math.prod(in_shape), 1), nn.Linear(1, 2**17)
        self.out = nn.Linear(2**17, classes)
        taken = psutil.Process().memory_info().data
        resource.setrlimit(resource.RLIMIT_DATA, (taken + 240 * 2**20, resource.RLIM_INFINITY))

    def forward(self, inputs):
        hidden = self.wide(self.narrow(inputs.flatten(1))).tanh()
        return self.out(hidden)

class Wide(nn.Module):
    """Keeps 64 MiB a sample from forward to backward."""
    def __init__(self, in_shape, classes):
        super().__init__()
        self.narrow, self.wide = nn.Linear(math.prod(in_shape), 1), nn.Linear(1, 2**24)
        self.out = nn.Linear(2**24, classes)

    def forward(self, inputs):
        return self.out(self.wide(self.narrow(inputs.flatten(1))).tanh())
'''


def auto(*words):
    cfg = config("hardware=cpu", *words)
    cfg.batch_size = "auto"
    return cfg


def test_a_number_stays():
    cfg = config("batch_size=12")
    assert settle_batch_size(cfg) == {}
    assert cfg.batch_size == 12


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA is kept by Linux")
def test_the_largest_that_fits_in_what_there_is(tmp_path, monkeypatch):
    (tmp_path / "scarce.py").write_text(SCARCE)
    monkeypatch.syspath_prepend(tmp_path)
    cfg = auto(
        "dataset.samples=4000", "hardware.on_oom=split", "hardware.nonfinite=rewind"
    )  # not while sizes are tried
    cfg.model = {"_target_": "scarce.Scarce"}
    facts = settle_batch_size(cfg)
    assert (facts["bound"], facts["found"], facts["asked"]) == ("memory", cfg.batch_size, "auto")
    good = [one for one in facts["tries"] if one["fits"]]
    before, best = sorted(good, key=lambda one: one["size"])[-2:]
    assert best["size"] == cfg.batch_size
    assert best["taken"] <= facts["allowed"] == facts["available"] // 2
    assert facts["available"] == pytest.approx(240 * 2**20, rel=0.05)
    assert all(one["size"] <= 2 * cfg.batch_size for one in facts["tries"]), "far too much is never tried"
    following = next(size for size in sizes(4000) if size > cfg.batch_size)
    per_sample = (best["taken"] - before["taken"]) / (best["size"] - before["size"])
    assert 2**20 < per_sample < 3 * 2**20
    assert best["taken"] + per_sample * (following - best["size"]) > 0.98 * facts["allowed"]


@pytest.mark.siege
def test_several_processes_share_the_machine_and_the_batch():
    cfg = auto("dataset.samples=400", "++hardware.processes=3")
    facts = settle_batch_size(cfg, processes=3)
    assert cfg.batch_size == 3 * facts["tries"][-1]["size"] == 240
    assert facts["bound"] == "data"
    free = facts["available"]
    cfg = auto("dataset.samples=400")
    assert settle_batch_size(cfg)["available"] == pytest.approx(3 * free, rel=0.2)
    assert cfg.batch_size == 240


def test_a_signal_ends_the_search():
    interrupt = Interrupt()
    interrupt.receive(signal.SIGTERM, None)
    cfg = auto()
    with pytest.raises(Interrupted):
        settle_batch_size(cfg, interrupt)
    assert cfg.batch_size == "auto"


def test_not_even_one_sample():
    facts = {"allowed": 2**30, "available": 2**31, "device": "cpu"}
    told = "batch_size=auto: not even a batch of 1 fits on cpu: "
    room = ", 1.0 GiB may be taken of the 2.0 GiB that are available"
    assert none_fits(Try(1, False, 3 * 2**30, 0.1), facts) == f"{told}it needs at least 3.0 GiB{room}"
    killed = Try(1, False, None, math.inf, "the process was killed by SIGKILL")
    assert none_fits(killed, facts) == f"{told}the process was killed by SIGKILL{room}"


@pytest.mark.slow
@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu_what_does_not_fit_costs_only_the_process_that_tried(tmp_path, monkeypatch):
    (tmp_path / "scarce.py").write_text(SCARCE)
    monkeypatch.syspath_prepend(tmp_path)
    free, total = torch.cuda.mem_get_info()
    cfg = config("hardware=gpu", "dataset.samples=20000", "optimizer=sgd")
    cfg.model, cfg.batch_size = {"_target_": "scarce.Wide"}, "auto"
    facts = settle_batch_size(cfg)
    assert facts["bound"] == "memory"
    assert [one for one in facts["tries"] if not one["fits"]], "too much was tried: nothing else tells"
    best = max((one for one in facts["tries"] if one["fits"]), key=lambda one: one["size"])
    assert best["taken"] <= facts["allowed"] < free - 0.05 * total
    assert torch.ones(8, device="cuda").sum().item() == 8
    assert torch.cuda.mem_get_info()[0] > free - 2**30, "nothing of it is left on the device"
