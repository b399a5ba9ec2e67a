import multiprocessing
import os
import threading
import time
from itertools import islice

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from runner.hardware.feed import Ahead, early, feeding, resident

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
BUSY = 64 if "EMULATED_GPUS" in os.environ else 2048
"""Rows of a product that keeps the device busy; an emulated one is late by itself."""
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def test_a_cpu_gets_the_very_same_iterable():
    batches = [torch.zeros(1)]
    assert feeding(CPU, print)(batches) is batches


def test_other_devices_get_one_batch_at_a_time():
    moved = list(feeding(torch.device("meta"), print)([torch.zeros(2), torch.ones(3)]))
    assert [(batch.device.type, len(batch)) for batch in moved] == [("meta", 2), ("meta", 3)]


def watched(items, events):
    for item in items:
        events.append(f"read {item}")
        yield item
    events.append("end")


def run_early(items, depth, events):
    def begin(item):
        events.append(f"begin {item}")
        return item

    def finish(item):
        events.append(f"finish {item}")
        return -item

    return early(watched(items, events), begin, finish, depth)


def test_the_next_batch_is_under_way_before_this_one_is_used():
    events = []
    for item in run_early([1, 2, 3], 1, events):
        events.append(f"use {-item}")
    assert events == [
        "read 1", "begin 1",
        "read 2", "begin 2", "finish 1", "use 1",
        "read 3", "begin 3", "finish 2", "use 2",
        "end", "finish 3", "use 3",
    ]  # fmt: skip


@given(st.lists(st.integers(), max_size=12), st.integers(0, 4), st.integers(0, 12))
def test_order_stays_and_no_more_than_depth_are_begun_ahead(items, depth, taken):
    events = []
    batches = run_early(items, depth, events)
    got = list(islice(batches, taken))
    assert got == [-item for item in items[:taken]]
    begun = sum(event.startswith("begin") for event in events)
    assert begun == (min(len(items), len(got) + depth) if got else 0)
    assert got + list(batches) == [-item for item in items]


def failing(count):
    yield from range(count)
    raise OSError(f"item {count} cannot be read")


@pytest.mark.parametrize("depth", [0, 1, 2, 5])
def test_an_error_comes_after_the_batches_before_it(depth):
    batches = early(failing(3), lambda item: item, lambda item: item, depth)
    assert list(islice(batches, 3)) == [0, 1, 2]
    with pytest.raises(OSError, match="item 3 cannot be read"):
        next(batches)


def test_an_interrupt_does_not_wait_for_its_turn():
    def interrupted():
        yield 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        next(early(interrupted(), lambda item: item, lambda item: item, 1))


def test_leaving_early_closes_the_source():
    closed = []

    def source():
        try:
            yield from range(10)
        finally:
            closed.append(True)

    batches = early(source(), lambda item: item, lambda item: item, 2)
    assert next(batches) == 0
    batches.close()
    assert closed == [True]


class Rows:
    def __len__(self):
        return 40

    def __getitem__(self, index):
        if index == 30:
            raise OSError("row 30 is damaged")
        return torch.full((2,), index)


def loader(workers):
    return DataLoader(Rows(), batch_size=10, num_workers=workers, collate_fn=torch.stack, timeout=60 if workers else 0)


def test_workers_end_with_the_batches():
    before = threading.active_count()
    batches = early(loader(1), lambda batch: batch, lambda batch: batch, 1)
    assert next(batches)[0].tolist() == [0, 0]
    assert multiprocessing.active_children()
    batches.close()
    assert not multiprocessing.active_children()
    end = time.monotonic() + 10  # the queue's thread takes its time
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_a_row_that_cannot_be_read_fails_in_its_batch():
    batches = early(loader(0), lambda batch: batch, lambda batch: batch, 1)
    assert [int(batch[0, 0]) for batch in islice(batches, 3)] == [0, 10, 20]
    with pytest.raises(OSError, match="row 30 is damaged"):
        next(batches)


def test_what_lies_on_the_device():
    kilobyte = torch.zeros(256)
    never = pytest.fail
    assert resident([kilobyte] * 9, CPU, free=never)
    assert not resident([kilobyte, Rows()], CPU, free=never)
    assert not resident([Rows(), kilobyte], CUDA, free=never)
    assert resident([kilobyte, kilobyte], CUDA, free=lambda: 4096)
    assert not resident([kilobyte, kilobyte], CUDA, free=lambda: 4095)
    assert resident([kilobyte], CUDA, share=1.0, free=lambda: 1024)


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize("pinned", [True, False])
@pytest.mark.parametrize("depth", [1, 2])
def test_every_batch_arrives_whole_without_waiting(pinned, depth):
    """The device is kept busy, so that a batch that is read too early, or memory that is reused too early, shows."""
    laps, load = [], torch.randn(BUSY, BUSY, device="cuda")
    host = [torch.full((1 << 20,), value, dtype=torch.float32) for value in range(40)]
    feed = feeding(CUDA, laps.append, depth)
    list(feed(host[:3]))
    torch.cuda.synchronize()
    sums = []
    torch.cuda.set_sync_debug_mode("error")
    try:
        for batch in feed(item.pin_memory() if pinned else item.clone() for item in host):
            load = (load @ load).clamp_(-1, 1)
            sums.append(batch.sum())
            del batch
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert [value.item() for value in sums] == [value * float(1 << 20) for value in range(40)]
    assert laps[-2 * len(host) :].count("copy") == len(host)


@pytest.mark.gpu
@needs_cuda
def test_memory_of_a_batch_left_under_way_is_not_overwritten():
    feed = Ahead(CUDA, print, 1)
    for _ in range(20):
        batches = feed([torch.full((1 << 22,), 7.0).pin_memory() for _ in range(2)])
        next(batches)
        batches.close()
        mine = torch.zeros(1 << 22, device="cuda")
        torch.cuda.synchronize()
        assert mine.abs().max().item() == 0


@pytest.mark.gpu
@needs_cuda
def test_a_dataset_is_held_against_the_free_memory():
    assert resident([torch.zeros(10)], CUDA)
    assert not resident([torch.zeros(1, 1).expand(1 << 30, 1 << 10)], CUDA)
