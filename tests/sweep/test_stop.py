"""What ends a search before its time."""

import os
import signal
import subprocess
import sys
import time

from runner.sweep.stop import Stop


def test_nothing_stops_a_search_that_nobody_stops():
    assert not Stop()
    assert not Stop(100)


def test_a_budget_ends():
    stop = Stop(0.02)
    time.sleep(0.03)
    assert stop
    assert stop.late
    assert not stop.signum


def test_the_first_signal_asks_and_the_second_kills():
    killed = []
    with Stop() as stop:
        stop.kill = lambda: killed.append(True)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop
        assert (stop.signum, killed) == (signal.SIGTERM, [])
        os.kill(os.getpid(), signal.SIGINT)
        assert (stop.signum, killed) == (signal.SIGTERM, [True])


def test_the_third_signal_ends_the_process_at_once():
    script = (
        "import os, signal\nfrom runner.sweep.stop import Stop\n"
        "with Stop():\n    [os.kill(os.getpid(), signal.SIGINT) for _ in range(3)]\nprint('still here')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")


def test_what_broke_stops_too():
    for name, value in (("failed", True), ("broken", "no module")):
        stop = Stop()
        setattr(stop, name, value)
        assert stop
