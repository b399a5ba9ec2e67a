"""Processes that work together: they end together, in time, and none is left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from runner.machine.together import Failed, environment, python, together

SLEEP = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"


def run(code, *words):
    return [sys.executable, "-c", code, *map(str, words)]


def gone(pid, seconds=5.0):
    """Tell whether a process ends within so many seconds; one that nobody has asked about any more has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def written(path, seconds=20.0):
    """Return the number in a file, once it is there."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError(f"{path} was not written")


def test_what_each_has_printed_comes_back_in_order():
    assert together([run("print(1)"), run("import time; time.sleep(0.1); print(2)")], limit=30) == ["1\n", "2\n"]


def test_one_that_hangs_is_killed_when_the_time_is_up(tmp_path):
    begun = time.monotonic()
    with pytest.raises(Failed, match=r"no answer of process (0 and )?1 within 1\.5 s"):
        together([run("pass"), run(SLEEP, tmp_path / "pid")], limit=1.5)
    assert time.monotonic() - begun < 10
    assert gone(written(tmp_path / "pid"), 0.5), "together waits for those that it kills"


def test_one_that_fails_ends_the_others_and_is_quoted(tmp_path):
    until = "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)\nsys.exit('no luck')"
    begun = time.monotonic()
    with pytest.raises(Failed, match=r"process 1: no luck$"):
        together([run(SLEEP, tmp_path / "pid"), run(until, tmp_path / "pid")], limit=50)
    assert time.monotonic() - begun < 20
    assert gone(written(tmp_path / "pid"), 0.5)


def test_one_that_is_killed_or_says_nothing_is_named():
    with pytest.raises(Failed, match="process 0: ended by SIGKILL"):
        together([run("import os; os.kill(os.getpid(), 9)")], limit=30)
    with pytest.raises(Failed, match="process 0: exit code 3"):
        together([run("import sys; sys.exit(3)")], limit=30)


def test_a_program_that_is_not_there_leaves_nothing_behind(tmp_path):
    with pytest.raises(FileNotFoundError):
        together([run(SLEEP, tmp_path / "pid"), ["/no/such/program"]], limit=30)
    if (tmp_path / "pid").exists() and (text := (tmp_path / "pid").read_text()):
        assert gone(int(text), 0.5)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_whoever_started_it(tmp_path, number):
    child = "import sys; from runner.child import die_with; die_with(int(sys.argv[2]));" + SLEEP
    parent = (
        "import os, sys; from runner.machine.together import together\n"
        "together([[sys.executable, '-c', sys.argv[1], sys.argv[2], str(os.getpid())]], limit=60)"
    )
    path = tmp_path / "pid"
    with subprocess.Popen(run(parent, child, path), env=environment(), stderr=subprocess.DEVNULL) as started:
        pid = written(path)
        started.send_signal(number)
        started.wait(10)
    assert gone(pid)


def test_who_comes_too_late_for_its_parent_does_not_stay():
    code = "from runner.child import die_with; die_with(1 << 22); print('stayed')"
    done = subprocess.run(run(code), env=environment(), capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (1, "")


def test_children_find_the_same_modules_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runner.py").write_text("raise SystemExit('a file of the user hides the package')")
    with pytest.raises(Failed, match="--parent"):
        together([python("runner.machine.partner")], limit=30)
    assert str(Path(__file__).parents[2]) in environment()["PYTHONPATH"].split(os.pathsep)
