"""Memory bandwidth: bytes counted from what each operation reads and writes."""

import psutil
import pytest
import torch

from runner.machine.memory import arrays, bandwidth, copy, fitting, triad
from runner.machine.timing import Timing

CPU = torch.device("cpu")


@pytest.mark.parametrize("measure", [copy, triad])
def test_memory_moves(measure):
    found = measure(CPU, seconds=0.01, size=2**16)
    assert found.array_bytes == 2**16
    assert found.bytes_per_second > 1e6


def test_each_array_that_is_read_or_written_counts_once():
    assert bandwidth(Timing(0.5, 0.0), moved=3, size=100).bytes_per_second == 600
    a, b = arrays(2, CPU, 4096)
    assert a.numel() * a.element_size() == b.numel() * b.element_size() == 4096


def test_arrays_leave_room_for_others():
    free = psutil.virtual_memory().available
    assert 0.8 * free / 12 < fitting(CPU, size=2**60) < 1.2 * free / 12
    assert fitting(CPU, size=4096) == 4096


@pytest.mark.silicon
@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_moves_more_than_a_cpu():
    device = torch.device("cuda")
    assert copy(device, 0.2).bytes_per_second > 2 * copy(CPU, 0.2).bytes_per_second
    assert triad(device, 0.2, fitting(device)).bytes_per_second > 0
