"""The machine's facts."""

import json
import os

import psutil
import pytest
import torch

from runner.machine.facts import devices, drivers, facts, nvidia_driver, usable


def test_facts_are_plain_values_and_true():
    found = json.loads(json.dumps(facts()))
    assert found["memory_bytes"] == psutil.virtual_memory().total
    assert 1 <= found["processors"] == usable() <= (os.cpu_count() or 1)
    assert found["torch"] == torch.__version__
    assert found["cpu"]
    assert len(found["devices"]) == (torch.accelerator.device_count() if torch.accelerator.is_available() else 0)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n", "535.104.05"),
        ("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (a@b)\n", "570.86.15"),
        ("something else\n", None),
    ],
)
def test_the_drivers_version_is_read_from_its_own_words(tmp_path, text, version):
    path = tmp_path / "version"
    path.write_text(text + "GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n")
    assert nvidia_driver(path) == version
    assert nvidia_driver(tmp_path / "none") is None


def test_without_a_gpu_there_is_no_driver_to_speak_of():
    assert ("cuda_of_driver" in drivers()) == torch.cuda.is_available()
    if torch.version.cuda:
        assert drivers()["cuda_runtime"] == torch.version.cuda


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_has_a_name_and_memory():
    for about in devices():
        assert about["name"]
        assert 0 < about["free_bytes"] <= about["memory_bytes"]
    assert "." in drivers()["cuda_of_driver"]
