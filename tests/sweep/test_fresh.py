import gc
import os
import weakref

import torch
from torch.utils import deterministic

from runner.hardware.hardware import Hardware
from runner.sweep.fresh import SWITCHES, WORKSPACE, as_before, free_memory, is_spoilt


def state():
    return [read() for read, _ in SWITCHES], os.environ.get(WORKSPACE)


def test_what_a_hardware_sets_is_put_back(monkeypatch):
    monkeypatch.delenv(WORKSPACE, raising=False)
    torch.set_float32_matmul_precision("highest")  # as it is before any test
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(False)
    monkeypatch.setattr(deterministic, "fill_uninitialized_memory", True)
    before = state()
    with as_before():
        Hardware(device="cpu", threads=torch.get_num_threads() + 1, deterministic=True).prepare()
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = not torch.backends.cudnn.allow_tf32
        during = state()
        assert all(one != other for one, other in zip(before[0], during[0], strict=True))
        assert during[1]
    assert state() == before


def test_also_after_an_error():
    before = deterministic.fill_uninitialized_memory
    try:
        with as_before():
            deterministic.fill_uninitialized_memory = not before
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert deterministic.fill_uninitialized_memory == before


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setenv(WORKSPACE, ":16:8")
    with as_before():
        Hardware(device="cpu", deterministic=True).prepare()
    assert os.environ[WORKSPACE] == ":16:8"


def test_parts_that_know_each_other_are_freed():
    class Part:
        pass

    one, other = Part(), Part()
    one.other, other.other = other, one
    gone = weakref.ref(one)
    gc.disable()
    try:
        del one, other
        assert gone() is not None
        free_memory()
        assert gone() is None
    finally:
        gc.enable()


def test_a_process_without_a_gpu_is_never_spoilt():
    assert torch.cuda.is_initialized() or not is_spoilt()
