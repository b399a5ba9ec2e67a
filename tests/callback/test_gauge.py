import os
import time

import pytest
import torch

from runner.callback.gauge import Gauge


def test_the_process_and_the_machine_are_read():
    gauge = Gauge(torch.device("cpu"))
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    before = gauge.read()
    assert set(before) == {"cpu_percent", "process_cpu_percent", "memory_megabytes"}
    assert 0 <= before["cpu_percent"] <= 100
    assert 10 < before["process_cpu_percent"] <= 100 * os.cpu_count()
    held = torch.ones(25_000_000)  # 100 MB
    assert gauge.read()["memory_megabytes"] - before["memory_megabytes"] > 80
    assert len(held) == 25_000_000


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_device_is_read_without_waiting_for_it():
    gauge = Gauge(torch.device("cuda"))
    before = gauge.read()["gpu_memory_megabytes"]
    held = torch.ones(2**20, 16, device="cuda")  # 64 MB
    torch.cuda.set_sync_debug_mode("error")
    try:
        after = gauge.read()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert after["gpu_memory_megabytes"] - before == pytest.approx(held.nbytes / 2**20)
    assert after["gpu_memory_reserved_megabytes"] >= after["gpu_memory_megabytes"]
    assert 0 <= after.get("gpu_percent", 0) <= 100
