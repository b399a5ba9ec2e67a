"""Where workers go: which devices each sees, and how many there are room for."""

import os
import subprocess

import pytest

from runner.sweep import slots as module
from runner.sweep.slots import Slots, cores, listed_devices, slots, visible

CPU = {"device": "cpu", "processes": 1}
LISTED = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa)
  MIG 3g.20gb     Device  0: (UUID: MIG-1111)
  MIG 3g.20gb     Device  1: (UUID: MIG-2222)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bbbb)
"""


@pytest.mark.parametrize(
    ("told", "entries"),
    [("0,1", ["0", "1"]), ("GPU-a, MIG-b/1/0", ["GPU-a", "MIG-b/1/0"]), ("", []), ("-1", []), ("2,-1,3", ["2"])],
)
def test_the_environment_says_which_devices_there_are(told, entries):
    assert visible({"CUDA_VISIBLE_DEVICES": told}) == entries


def test_slices_of_a_gpu_stand_for_it():
    assert listed_devices(LISTED) == ["MIG-1111", "MIG-2222", "GPU-bbbb"]


def test_without_the_variable_the_driver_is_asked(monkeypatch):
    def run(words, **_):
        return subprocess.CompletedProcess(words, 0, LISTED, "")

    monkeypatch.setattr(module.subprocess, "run", run)
    assert len(visible({})) == 3


def test_each_worker_sees_one_device_and_more_workers_share_in_turns():
    found = slots({"device": "auto", "processes": 1}, 1, {"CUDA_VISIBLE_DEVICES": "0,MIG-x,2"})
    assert found.room == found.jobs("auto") == 3
    assert [found.visible(n)["CUDA_VISIBLE_DEVICES"] for n in range(5)] == ["0", "MIG-x", "2", "0", "MIG-x"]


def test_a_trial_of_several_processes_gets_a_device_for_each():
    found = slots({"device": "cuda", "processes": 2}, 1, {"CUDA_VISIBLE_DEVICES": "0,1,2,3,4"})
    assert found.devices == ("0,1", "2,3")
    assert slots({"device": "cuda", "processes": "auto"}, 1, {"CUDA_VISIBLE_DEVICES": "0,1"}).devices == ("0,1",)


def test_one_named_device_is_left_as_it_is_named():
    found = slots({"device": "cuda:1", "processes": 1}, 1, {"CUDA_VISIBLE_DEVICES": "0,1"})
    assert found == Slots(1)
    assert found.visible(0) == {}


def test_on_the_cpu_the_cores_are_shared(monkeypatch):
    monkeypatch.setattr(module, "cores", lambda: 8)
    assert slots(CPU, 1, {}).room == 8
    assert slots(CPU, 3, {}).room == 2
    assert slots({"device": "cpu", "processes": 2}, 2, {}).room == 2
    assert slots(CPU, 16, {}).room == 1
    assert slots(CPU, 1, {"OMP_NUM_THREADS": "4"}).room == 2, "the user's own word counts"
    assert slots({"device": "auto", "processes": 1}, 1, {"CUDA_VISIBLE_DEVICES": ""}).room == 8
    assert Slots(8).jobs(3) == 3


def test_a_containers_quota_counts(monkeypatch, tmp_path):
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(module, "QUOTA", quota)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    assert cores() == 64
    quota.write_text("max 100000\n")
    assert cores() == 64
    quota.write_text("250000 100000\n")
    assert cores() == 2
