"""Timing: the time of one call, whatever the number of calls."""

import time

import pytest
import torch

from runner.machine.timing import BLOCKS, MOST, block, timed, wait

CPU = torch.device("cpu")


def test_the_time_is_that_of_one_call():
    calls = []
    timing = timed(lambda: calls.append(time.sleep(0.004)), CPU, seconds=0.1)
    assert 0.004 <= timing.seconds < 0.05
    assert timing.spread >= 0
    assert len(calls) >= BLOCKS + 2, "one to warm up, one to guess, and at least one for each block"


def test_slow_calls_are_made_once_in_each_block():
    calls = []
    timed(lambda: calls.append(time.sleep(0.01)), CPU, seconds=0.001, warm=3)
    assert len(calls) == 3 + 1 + BLOCKS


def test_calls_that_take_no_time_end(monkeypatch):
    monkeypatch.setattr("runner.machine.timing.MOST", 10)
    calls = []
    timed(lambda: calls.append(1), CPU, seconds=1e6)
    assert len(calls) == 2 + BLOCKS * 10
    assert MOST > 10


def test_a_block_waits_for_the_device():
    wait(CPU)
    assert block(lambda: time.sleep(0.002), CPU, 3) >= 0.006


@pytest.mark.silicon
@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_work_that_was_only_handed_over_counts():
    device = torch.device("cuda")
    left = torch.randn(4096, 4096, device=device)
    left @ left
    assert block(lambda: left @ left, device, 20) > 5 * block(lambda: None, device, 20)
