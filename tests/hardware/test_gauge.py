"""How much memory a piece of work took at most, and a wall around what tries more."""

import subprocess
import sys

import pytest
import torch

from runner.hardware.gauge import HOST_SHARE, KEPT, Gpu, Host, forget_peak, gauge, peak

MIB = 2**20
linux = pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not tell")


@linux
def test_the_peak_begins_anew():
    block = torch.ones(64 * MIB, dtype=torch.uint8)
    del block
    forget_peak()
    low = peak()
    block = torch.ones(128 * MIB, dtype=torch.uint8)
    del block
    assert 120 * MIB < peak() - low < 140 * MIB
    forget_peak()
    assert peak() - low < 8 * MIB


@linux
def test_a_piece_of_work_is_measured():
    host = Host()
    assert host.allowed == int(HOST_SHARE * host.room)
    assert Host(shares=4).allowed == pytest.approx(host.allowed / 4, rel=0.05)
    host.begin()
    block = torch.ones(100 * MIB, dtype=torch.uint8)
    del block
    assert 95 * MIB < host.taken() < 110 * MIB
    host.begin()
    assert host.taken() < 8 * MIB


WALL = """
import psutil, torch
from runner.hardware.gauge import Host
host = Host()
host.room = 256 * 2**20
host.build_wall()
torch.empty(150 * 2**20, dtype=torch.uint8)
try:
    torch.empty(300 * 2**20, dtype=torch.uint8)
except RuntimeError as error:
    print(error)
"""


@linux
def test_behind_the_wall_too_much_is_an_error():
    done = subprocess.run([sys.executable, "-c", WALL], capture_output=True, text=True, check=True, timeout=60)
    assert f"you tried to allocate {300 * MIB} bytes" in done.stdout


def test_a_device_whose_memory_is_not_known():
    assert isinstance(gauge(torch.device("cpu")), Host)
    with pytest.raises(ValueError, match="the memory of mps cannot be measured"):
        gauge(torch.device("mps"))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_gives_no_more_than_is_allowed():
    device = torch.device("cuda", torch.cuda.current_device())
    before = torch.cuda.get_per_process_memory_fraction(device)
    gpu = gauge(device)
    assert isinstance(gpu, Gpu)
    gpu.build_wall()
    try:
        gpu.begin()
        block = torch.empty(256 * MIB, dtype=torch.uint8, device=device)
        assert 250 * MIB < gpu.taken() < 300 * MIB
        del block
        with pytest.raises(torch.OutOfMemoryError):
            torch.empty(gpu.allowed + 64 * MIB, dtype=torch.uint8, device=device)
        free, total = torch.cuda.mem_get_info(device)
        assert free > KEPT * total
        assert torch.ones(8, device=device).sum().item() == 8, "the context lives"
    finally:
        torch.cuda.set_per_process_memory_fraction(before, device)
