"""The emulated GPU goes wrong where a real one does, and what is marked ``gpu`` passes on it.

Without a C compiler, or torch for CUDA, there is none, and these are skipped.
"""

import re
import subprocess
import sys

import pytest

from tests.emulator import ROOT, missing, variables

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
PYTEST = [sys.executable, "-m", "pytest", "-o", "addopts=", "-q", "-p", "no:cacheprovider", "--tb=short"]


def marked():
    """Return the files with tests that need a GPU."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(file) for file in files if re.search(r"pytest\.mark\.(gpu|emulated)\b", file.read_text())]


def passed(tmp_path, *words, gpus=1):
    """Run tests on so many emulated devices; return how many passed, and none failed."""
    command = [*PYTEST, "--basetemp", str(tmp_path / "inner"), *words]
    done = subprocess.run(
        command, cwd=ROOT, env=variables(gpus), capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return int(re.search(r"(\d+) passed", done.stdout)[1])


@pytest.mark.timeout(600)
def test_what_is_marked_gpu_passes(tmp_path):
    assert passed(tmp_path, "-m", "(gpu or emulated) and not silicon and not slow", *marked()) > 80


@pytest.mark.siege
@pytest.mark.timeout(900)
def test_what_takes_longer_passes_too(tmp_path):
    assert passed(tmp_path, "-m", "gpu and slow and not silicon", *marked()) > 20


@pytest.mark.siege
@pytest.mark.timeout(900)
def test_two_devices_train_as_one(tmp_path):
    assert passed(tmp_path, "-m", "gpus", *marked(), gpus=2) > 3
