"""Matrix products: operations counted by torch's own counter, rates that cannot be otherwise."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from runner.machine.matmul import KINDS, absent, flops, product, rate, rounding

CPU = torch.device("cpu")
CUDA = torch.device("cuda")
gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.mark.parametrize("n", [1, 3, 17])
def test_operations_are_twice_the_multiplications(n):
    with FlopCounterMode(display=False) as counter:
        torch.ones(n, n) @ torch.ones(n, n)
    assert flops(n) == counter.get_total_flops() == 2 * n**3


@pytest.mark.parametrize("kind", ["fp32", "bf16", "fp16"])
def test_a_cpu_multiplies_in_each_format_it_has(kind):
    found = rate(kind, CPU, seconds=0.02, sizes=(16, 64))
    assert found.n in (16, 32, 64)
    assert found.flops_per_second > 1e6, "a pocket calculator"
    assert found.spread >= 0


def test_the_rate_is_operations_by_seconds():
    timing = product("fp32", CPU, 64, seconds=0.05)
    found = rate("fp32", CPU, seconds=0.2, sizes=(64, 64))
    assert found.n == 64
    assert 0.1 < found.flops_per_second * timing.seconds / (2 * 64**3) < 10, "it is the same machine"


def test_what_a_device_does_not_have_says_so():
    with pytest.raises(ValueError, match="only NVIDIA GPUs"):
        rate("tf32", CPU, seconds=0.01)
    assert absent("bf16", CPU) == ""


def test_sizes_that_do_not_fit_end_the_search_or_are_no_rate():
    huge = 2**24  # a petabyte
    with pytest.raises(ValueError, match=r"memory|allocate"):
        rate("fp32", CPU, seconds=0.01, sizes=(huge, huge))


def test_the_rounding_of_products_is_put_back():
    before = torch.get_float32_matmul_precision()
    with rounding("tf32"):
        assert torch.get_float32_matmul_precision() == "high"
    with pytest.raises(ValueError), rounding("tf32"):
        int("an error on the way")
    assert torch.get_float32_matmul_precision() == before


@gpu
@pytest.mark.silicon
@pytest.mark.gpu
def test_a_gpu_is_faster_with_fewer_bits():
    found = {kind: rate(kind, CUDA, seconds=0.5) for kind in KINDS if not absent(kind, CUDA)}
    assert found["bf16"].flops_per_second > found["fp32"].flops_per_second
