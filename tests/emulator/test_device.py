"""What the emulated device is like: as late as a device may be, and as strict."""

import os

import pytest
import torch
from torch import nn

pytestmark = [
    pytest.mark.emulated,
    pytest.mark.skipif("EMULATED_GPUS" not in os.environ, reason="about the emulated device"),
]
DEVICE = "cuda"


def test_a_copy_that_nobody_waits_for_has_not_arrived():
    side, values = torch.cuda.Stream(), torch.arange(4.0).pin_memory()
    there = torch.zeros(4, device=DEVICE)
    with torch.cuda.stream(side):
        there.copy_(values, non_blocking=True)
    assert (there + 0).tolist() == [0, 0, 0, 0]
    torch.cuda.current_stream().wait_stream(side)
    assert (there + 0).tolist() == [0, 1, 2, 3]


def test_a_number_that_comes_back_is_read_too_early_without_its_event():
    here = torch.full((), 7.0, device=DEVICE).to("cpu", non_blocking=True)
    arrived = torch.cuda.Event()
    arrived.record()
    assert here.item() != 7
    assert not arrived.query()
    arrived.synchronize()
    assert here.item() == 7


def test_pageable_memory_is_read_before_the_call_returns():
    values = torch.arange(4.0)
    there = values.to(DEVICE, non_blocking=True)
    values.zero_()
    assert there.tolist() == [0, 1, 2, 3]


def test_new_memory_holds_rubbish():
    torch.cuda.empty_cache()  # what came back holds what it held
    assert torch.empty(2**23, device=DEVICE).abs().min().item() > 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: x + torch.ones(3),
        lambda x: nn.Linear(3, 2)(x),
        lambda x: torch.cat([x, torch.ones(3)]),
        lambda x: x.where(torch.ones(3) > 0, x),
        lambda x: x.index_select(0, torch.zeros(1, dtype=torch.int64)),
        lambda x: torch.zeros(3).add_(x),
        lambda x: torch.zeros(3)[x.long()],
    ],
)
def test_tensors_of_two_devices_are_refused(wrong):
    with pytest.raises(RuntimeError, match=r"same device"):
        wrong(torch.ones(3, device=DEVICE))


def test_numbers_and_indices_may_come_from_the_host():
    values = torch.arange(3.0, device=DEVICE)
    assert (values * torch.tensor(2.0))[torch.tensor([2, 0])].tolist() == [4, 0]


@pytest.mark.parametrize(
    "wait",
    [
        lambda x: x.sum().item(),
        lambda x: bool(x.sum() > 0),
        lambda x: x.cpu(),
        lambda x: x.double().cpu(),
        lambda x: x.tolist(),
        lambda x: x[x > 0],
        lambda x: x.nonzero(),
        lambda x: x.unique(),
        lambda x: x.masked_select(x > 0),
        lambda x: x[torch.tensor([0])],
        lambda x: x.copy_(torch.ones(3)),
        lambda x: torch.tensor([1.0], device=DEVICE),
    ],
)
def test_whatever_waits_is_told_where_it_is_watched(wait):
    values = torch.ones(3, device=DEVICE)
    torch.cuda.set_sync_debug_mode("error")
    try:
        with pytest.raises(RuntimeError, match="synchronizing CUDA operation"):
            wait(values)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_a_step_that_waits_for_nothing_is_let_pass():
    layer = nn.Linear(3, 2).to(DEVICE)
    optimizer = torch.optim.AdamW(layer.parameters(), fused=True)
    inputs = torch.ones(4, 3).pin_memory()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(3):
            layer(inputs.to(DEVICE, non_blocking=True)).square().mean().backward()
            optimizer.step()
            optimizer.zero_grad()
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_a_graph_computes_anew_with_what_its_memory_holds():
    values, graph = torch.ones(3, device=DEVICE), torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        doubled = values * 2
        values.add_(1)
    assert values.tolist() == [1, 1, 1]
    graph.replay()
    graph.replay()
    assert (doubled.tolist(), values.tolist()) == ([4, 4, 4], [3, 3, 3])


def test_what_waits_cannot_be_recorded():
    values = torch.ones(3, device=DEVICE)
    with pytest.raises(RuntimeError), torch.cuda.graph(torch.cuda.CUDAGraph()):
        values.nonzero()


def test_random_numbers_follow_the_devices_own_generator():
    before, here = torch.cuda.get_rng_state(), torch.get_rng_state()
    first, second = (torch.rand(4, device=DEVICE).tolist() for _ in range(2))
    torch.cuda.set_rng_state(before)
    assert torch.rand(4, device=DEVICE).tolist() == first != second
    assert torch.equal(torch.get_rng_state(), here)


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_recurrent_cells_are_those_of_the_cpu(kind):
    torch.manual_seed(0)
    here = kind(3, 4, num_layers=2, bidirectional=True, batch_first=True)
    there = kind(3, 4, num_layers=2, bidirectional=True, batch_first=True).to(DEVICE)
    there.load_state_dict(here.state_dict())
    inputs, weights = torch.randn(2, 5, 3), torch.randn(2, 5, 8)
    for layer, device in ((here, "cpu"), (there, DEVICE)):
        (layer(inputs.to(device))[0] * weights.to(device)).sum().backward()
    for (name, one), other in zip(here.named_parameters(), there.parameters(), strict=True):
        torch.testing.assert_close(other.grad.cpu(), one.grad, msg=name)


def test_half_precision_is_autocasts():
    layer = nn.Linear(3, 2).to(DEVICE)
    with torch.autocast("cuda", torch.bfloat16):
        assert layer(torch.ones(1, 3, device=DEVICE)).dtype == torch.bfloat16


def test_memory_ends():
    free, total = torch.cuda.mem_get_info()
    assert free <= total
    with pytest.raises(torch.OutOfMemoryError):
        torch.empty(total + 1, dtype=torch.uint8, device=DEVICE)
    assert torch.ones(2, device=DEVICE).sum().item() == 2
