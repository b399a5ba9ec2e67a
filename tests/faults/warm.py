"""Trainings in children of this process, which has paid for the imports, and what strikes them where it is told to."""

import contextlib
import itertools
import os
import signal
import sys
import time
import traceback

import psutil

from runner.interrupt import Interrupted, Leaving
from runner.train import train
from tests.support import config


def forked(function, folder, said=None):
    """Call a function in a child with a session of its own; return the child's process id.

    What it says goes to the file ``said`` in the folder, or to an open one.
    """
    sys.stdout.flush()
    if child := os.fork():
        return child
    code = 1
    try:
        os.setsid()
        sys.stdout = sys.stderr = open(said or folder / "said", "a", buffering=1)  # noqa: SIM115  # as long as it lives
        (folder / "run").mkdir(exist_ok=True)
        with Leaving():
            function()
        code = 0
    except Interrupted as stop:
        code = 128 + stop.signum
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(child):
    """Wait for a child; return its exit code, or the signal that ended it, negative."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def count(folder, words):
    """Train to the end, and return how many events Python has told of on the way."""
    reads, writes = os.pipe()
    cfg = config(*words)

    def whole():
        events = itertools.count()
        sys.addaudithook(lambda *event: next(events))  # nobody takes it back: for a child only
        train(cfg, folder / "run", list(words))
        os.write(writes, str(next(events)).encode())

    assert ended(forked(whole, folder)) == 0, (folder / "said").read_text()
    os.close(writes)
    with os.fdopen(reads) as pipe:
        return int(pipe.read())


def struck(folder, words, at, *numbers):
    """Train, and send the training these signals at its event number ``at``; return how it ended, and its session.

    SIGCHLD, which says that a child has ended, has its loader workers killed.
    """
    cfg = config(*words)

    def part():
        events = itertools.count(1)
        mine = os.getpid()

        def strike(*event):
            if next(events) == at and os.getpid() == mine:  # not a loader worker
                for number in numbers:
                    if number == signal.SIGCHLD:
                        kill_children(mine)
                    else:
                        os.kill(mine, number)

        sys.addaudithook(strike)
        train(cfg, folder / "run", list(words))

    child = forked(part, folder)
    return ended(child), child


def kill_children(parent):
    """Kill all loader workers of a training, as a lack of memory does."""
    for child in psutil.Process(parent).children():
        child.kill()


def session(number):
    """Return the processes of a session that still live."""
    found = []
    for process in psutil.process_iter(["status"]):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(process.pid) == number and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


def gone(number, seconds=15):
    """Wait until nobody is left of a session."""
    until = time.monotonic() + seconds
    while session(number):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


CODES = {
    (signal.SIGKILL,): {-9, 0},  # 0: it came too late, when nothing was left to be stopped
    (signal.SIGTERM,): {143, 0},
    (signal.SIGHUP,): {129, 0},
    (signal.SIGINT,): {130, 0},
    (signal.SIGINT, signal.SIGINT): {130, 0},
    (signal.SIGCHLD,): {1, 0},  # 0: there were none, or none that was needed any more
}
"""Ways to strike a training, and how it may end."""
