"""The memory peak: of memory whose size is known."""

import pytest
import torch
from torch import nn

from runner.machine.peak import Peak, high_water

CPU = torch.device("cpu")


def test_what_was_allocated_and_freed_again_is_seen_beside_the_weights():
    model = nn.Linear(1024, 256)
    torch.ones(2**22).sum()  # the allocator's own beginnings
    peak = Peak(model, CPU)
    held = torch.ones(2**25)  # 128 MiB: more than any test before has freed and the allocator kept
    del held
    size = peak.size()
    weights = 4 * (1024 * 256 + 256)
    assert size is not None
    assert weights + 0.9 * 2**27 < size < weights + 1.5 * 2**27
    assert "resident" in peak.meaning


def test_an_older_peak_does_not_count():
    held = torch.ones(2**26)
    del held
    peak = Peak(nn.Linear(2, 2), CPU)
    assert (peak.size() or 0) < 2**26, "the mark begins anew, or it is not known"
    assert high_water() > 2**20


def test_a_device_that_does_not_tell():
    peak = Peak(nn.Linear(2, 2), torch.device("meta"))
    assert peak.size() is None
    assert peak.meaning == "not known of meta"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_tells_exactly():
    device = torch.device("cuda")
    before = torch.cuda.memory_allocated()
    peak = Peak(nn.Linear(2, 2), device)
    held = torch.ones(2**24, device=device)
    del held
    assert peak.size() == before + 2**26
