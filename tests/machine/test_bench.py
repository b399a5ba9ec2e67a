"""All measurements in turn: what comes out is plain values with the units in their names."""

import json

import torch

from runner.machine import bench

CPU = torch.device("cpu")


def test_each_part_of_a_cpu():
    products = bench.matmul(CPU, seconds=0.02, sizes=(16, 32))
    assert set(products) == {"fp32", "tf32", "bf16", "fp16"}
    assert products["tf32"] == {"skipped": "only NVIDIA GPUs have it"}
    assert set(products["fp32"]) == {"flops_per_second", "n", "spread"}
    memory = bench.bandwidth(CPU, seconds=0.01, size=2**16)
    assert set(memory) == {"copy", "triad"}
    assert all(cell["bytes_per_second"] > 0 and cell["array_bytes"] == 2**16 for cell in memory.values())
    assert bench.transfer(CPU, seconds=0.01) == {"skipped": "runs on the CPU: nothing is copied"}
    json.dumps([products, memory])


def test_the_time_is_shared_out_whole():
    assert abs(sum(bench.SHARES.values()) - 1) < 1e-9


def test_processes_that_cannot_come_together_are_no_reason_to_stop(monkeypatch):
    from runner.machine.allreduce import between

    monkeypatch.setattr(bench, "between", lambda *words: between(*words, limit=0.05))
    assert bench.all_reduce(0.01)["gloo"] == {"skipped": "no answer of process 0 and 1 within 0.05 s"}
