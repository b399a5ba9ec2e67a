import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner import durable

REPO = Path(__file__).parent.parent


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    durable.write_text(path, "old")

    def fail(file):
        file.write(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        durable.write_whole(path, fail)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_text() == "old"


KILLED_WHILE_WRITING = """
import os, sys, signal
from pathlib import Path
from runner.durable import write_whole
point, calls = int(sys.argv[2]), 0
def struck(function):
    def call(*a, **k):
        global calls
        calls += 1
        if calls == point: os.kill(os.getpid(), signal.SIGKILL)
        return function(*a, **k)
    return call
os.fsync, os.replace = struck(os.fsync), struck(os.replace)
write_whole(Path(sys.argv[1]), lambda f: (f.write(b"new" * 1000), struck(lambda: None)()))
"""


@pytest.mark.parametrize("point", [1, 2, 3, 4])
def test_killed_between_any_two_operations_the_file_is_old_or_new(tmp_path, point):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_WRITING, str(path), str(point)], env={**os.environ, "PYTHONPATH": str(REPO)}
    )
    assert done.returncode == -9
    assert path.read_bytes() == (b"new" * 1000 if point == 4 else b"old")
    durable.sweep_up(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_json_round_trip_and_a_missing_file_is_empty(tmp_path):
    durable.write_json(tmp_path / "a.json", {"path": Path("x"), "n": 1})
    assert durable.read_json(tmp_path / "a.json") == {"path": "x", "n": 1}
    assert durable.read_json(tmp_path / "b.json") == {}
    assert json.loads((tmp_path / "a.json").read_text())["n"] == 1


def test_the_digest_is_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc" * 100_000)
    assert durable.sha256(tmp_path / "a") == hashlib.sha256(b"abc" * 100_000).hexdigest()
