"""The emulated GPU goes wrong where a real one does, and what is marked ``gpu`` passes on it.

Without a C compiler, or torch for CUDA, there is none, and these are skipped.
"""

import re

import pytest

from tests.emulator import ROOT, missing, variables
from tests.faults.planting import passes

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def marked():
    """Return the files with tests that need a GPU."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(file) for file in files if re.search(r"pytest\.mark\.(gpu|emulated)\b", file.read_text())]


def passed(*words, gpus=1):
    """Run tests on so many emulated devices; return how many passed, and none failed."""
    good, said = passes(ROOT, "-v", *words, variables=variables(gpus))
    assert good, said[-8000:]
    return int(re.search(r"(\d+) passed", said)[1])


@pytest.mark.timeout(600)
def test_what_is_marked_gpu_passes():
    assert passed("-m", "(gpu or emulated) and not silicon and not slow", *marked()) > 80


@pytest.mark.siege
@pytest.mark.timeout(900)
def test_what_takes_longer_passes_too():
    assert passed("-m", "gpu and slow and not silicon", *marked()) > 20


@pytest.mark.siege
@pytest.mark.timeout(900)
def test_two_devices_train_as_one():
    assert passed("-m", "gpus", *marked(), gpus=2) > 3
