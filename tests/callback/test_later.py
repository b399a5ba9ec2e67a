import os

import pytest
import torch

from runner.callback.later import Later, answer, ask


def test_on_a_cpu_the_number_is_there_at_once():
    assert ask(torch.tensor(1.5, requires_grad=True)) == 1.5
    assert answer(1.5) == 1.5


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu_asking_does_not_wait_and_gives_the_value_of_that_moment():
    size = 64 if "EMULATED_GPUS" in os.environ else 4096  # a real one has to be kept busy
    matrix, number = torch.randn(size, size, device="cuda"), torch.ones((), device="cuda")
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(50):
            matrix @ matrix
        later = ask(number)
        assert isinstance(later, Later)
        assert not later.ready()
        number.add_(1)
        another = ask(number)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert answer(another) == 2.0
    assert answer(later) == 1.0
    assert later.ready()
