"""How much memory there is, within every limit around the process."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from runner.hardware.room import container_room, room

MIB = 2**20
linux = pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not tell")


def group(folder: Path, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name.replace("__", ".")).write_text(f"{value}\n")
    return folder


def test_the_second_version_of_control_groups(tmp_path):
    """A limit further up holds for all below, and what the kernel keeps of files counts as free."""
    root = tmp_path / "cgroup"
    group(root / "pod", memory__max=1000, memory__current=400, memory__stat="anon 300\ninactive_file 100")
    group(root / "pod" / "box", memory__max="max", memory__high=600, memory__current=50, memory__stat="anon 50")
    (tmp_path / "member").write_text("0::/pod/box\n")
    assert sorted(container_room(root, tmp_path / "member")) == [550, 700]


def test_the_first_version_of_control_groups(tmp_path):
    root = tmp_path / "cgroup"
    stat = "cache 9\ninactive_file 1\ntotal_inactive_file 5"
    group(root / "memory" / "job", memory__limit_in_bytes=100, memory__usage_in_bytes=30, memory__stat=stat)
    group(root / "memory", memory__limit_in_bytes=2**63 - 4096, memory__usage_in_bytes=30)
    (tmp_path / "member").write_text("9:name=systemd:/\n4:memory,hugetlb:/job\n3:cpuset:/other\n0::/\n")
    assert min(container_room(root, tmp_path / "member")) == 75


def test_a_container_whose_own_group_is_the_root_of_what_it_sees(tmp_path):
    root = group(tmp_path / "cgroup", memory__max=900, memory__current=100)
    (tmp_path / "member").write_text("0::/elsewhere/entirely\n")
    assert list(container_room(root, tmp_path / "member")) == [800]


def test_no_control_groups(tmp_path):
    assert list(container_room(tmp_path, tmp_path / "nothing")) == []


def test_no_more_than_the_machine_has():
    assert 0 < room() <= psutil.virtual_memory().total


LIMITED = """
import resource, psutil
from runner.hardware.room import room
taken = psutil.Process().memory_info().vms
resource.setrlimit(resource.RLIMIT_AS, (taken + 512 * 2**20, resource.RLIM_INFINITY))
print(room())
"""


@linux
def test_no_more_than_the_shell_allows():
    done = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, check=True, timeout=60)
    assert 480 * MIB < int(done.stdout) <= 512 * MIB
