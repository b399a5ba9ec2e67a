"""The disk is really written, and nothing stays."""

from pathlib import Path

import pytest

from runner.machine.disk import tried


def test_a_file_is_written_and_removed(tmp_path):
    found = tried(tmp_path, size=2**16)
    assert found.free > 0
    assert found.bytes_per_second > 0
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_is_an_error(tmp_path):
    with pytest.raises(OSError):
        tried(tmp_path / "none")
    if Path("/proc/self").exists():  # refuses new files even to root
        with pytest.raises(OSError):
            tried(Path("/proc/self"))
