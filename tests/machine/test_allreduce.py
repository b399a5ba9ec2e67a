"""All-reduce between two real processes, and what is wrong with a wrong sum."""

from datetime import timedelta

import psutil
import pytest
import torch
from torch import distributed as dist

from runner.machine.allreduce import backends, between, check_sum, cost, reduced
from runner.machine.together import Failed


def test_two_processes_add_up_and_are_gone():
    small, large = between("gloo", 2, seconds=0.05, sizes=(4096, 2**20), limit=120)
    assert (small.tensor_bytes, large.tensor_bytes) == (4096, 2**20)
    for one in (small, large):
        assert one.seconds > 0
        assert one.bytes_per_second == pytest.approx(one.tensor_bytes / one.seconds)
    assert large.bytes_per_second > small.bytes_per_second
    assert not [child for child in psutil.Process().children() if "runner.machine.partner" in " ".join(child.cmdline())]


def test_processes_that_take_too_long_are_an_error_in_words():
    with pytest.raises(Failed, match=r"no answer of process 0 and 1 within 0\.1 s"):
        between("gloo", 2, seconds=0.0, limit=0.1)


def test_gloo_is_between_two_and_nccl_needs_gpus():
    assert backends()["gloo"] == 2
    assert backends().get("nccl", 0) == min(2, torch.cuda.device_count())


def test_one_process_adds_up_with_itself(tmp_path):
    found = reduced("gloo", str(tmp_path / "store"), 0, 1, limit=10, seconds=0.0, sizes=(4, 4096))
    assert list(found) == [4, 4096]
    assert all(seconds > 0 for seconds in found.values())
    assert not dist.is_initialized()


def test_a_wrong_sum_is_noticed(tmp_path):
    store = dist.FileStore(str(tmp_path / "store"), 1)
    dist.init_process_group("gloo", store=store, rank=0, world_size=1, timeout=timedelta(seconds=10))
    try:
        check_sum(torch.device("cpu"), rank=0, world=1)
        with pytest.raises(ArithmeticError, match="the sum over 1 processes is 2, not 1"):
            check_sum(torch.device("cpu"), rank=1, world=1)
        tensor = torch.ones(3)
        assert cost(tensor, seconds=0.001) > 0
    finally:
        dist.destroy_process_group()


@pytest.mark.silicon
@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_nccl_adds_up_on_the_gpus_that_there_are():
    (found,) = between("nccl", backends()["nccl"], seconds=0.05, sizes=(2**20,), limit=90)
    assert found.seconds > 0
