"""The workers of a search on this machine: processes that are started, watched, stopped and buried here."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pickle
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from runner.child import modules
from runner.sweep.order import Order
from runner.sweep.slots import Slots

LOG = "workers.log"


@dataclasses.dataclass
class Member:
    """A worker.

    Attributes:
        number: Of its place.
        owner: Its name.
        process: It, leader of a session of its own: a terminal's Ctrl-C does not reach it.
        pipe: With a byte in it once the worker asks for work.
        stopping: Whether it was told to stop.
    """

    number: int
    owner: str
    process: subprocess.Popen[bytes]
    pipe: int
    stopping: bool = False
    _asked: bool = False

    def has_asked(self) -> bool:
        """Tell whether it has come so far as to ask for work."""
        if not self._asked:
            with contextlib.suppress(BlockingIOError):  # nothing in it yet
                self._asked = bool(os.read(self.pipe, 1))
        return self._asked


@dataclasses.dataclass(frozen=True)
class Ended:
    """A worker that has ended.

    Attributes:
        owner: Its name.
        code: Its exit code; below 0: the signal that killed it.
        stopping: Whether it had been told to stop.
        asked: Whether it had come so far as to ask for work.
    """

    owner: str
    code: int
    stopping: bool
    asked: bool = False


class Crew:
    """Workers of one order. While entered they may run; none is left afterwards.

    Args:
        order: What all of them are told.
        slots: Their places.
        threads: CPU threads of each process, where the user's environment does not say it.
    """

    def __init__(self, order: Order, slots: Slots, threads: int) -> None:
        self.order, self.slots, self.threads = order, slots, threads
        self.members: list[Member] = []

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *exception: object) -> None:
        self.kill()
        while self.members:
            for _ in self.ended():
                pass
            time.sleep(0.01)

    def start(self) -> None:
        """Start one more worker, in the first free place."""
        taken = {member.number for member in self.members}
        number = next(n for n in range(len(taken) + 1) if n not in taken)
        owner = f"{os.uname().nodename}-{os.getpid()}-{number}-{secrets.token_hex(3)}"
        order = dataclasses.replace(self.order, owner=owner)
        reads, writes = os.pipe()
        os.set_blocking(reads, False)
        try:
            with pickled(order) as words, open(self.order.place.folder / LOG, "ab") as log:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-u", "-m", "runner.sweep.worker", str(os.getpid()), str(writes)],
                    stdin=words,
                    stdout=log,
                    stderr=log,
                    pass_fds=(writes,),
                    env=self.environment(number),
                    start_new_session=True,
                )
        except BaseException:
            os.close(reads)
            raise
        finally:
            os.close(writes)
        self.members.append(Member(number, owner, process, reads))

    def environment(self, number: int) -> dict[str, str]:
        """Return the variables of the worker in a place."""
        own = {"PYTHONPATH": modules(), **self.slots.visible(number)}
        return {"OMP_NUM_THREADS": str(self.threads), **os.environ, **own}

    def ended(self) -> Iterator[Ended]:
        """Yield the workers that have ended since the last look; what they had started has ended then too."""
        for member in list(self.members):
            if not is_over(member.process):
                continue
            signal_session(member, signal.SIGKILL)  # before its number is given to another process
            code, asked = member.process.wait(), member.has_asked()
            self.members.remove(member)
            os.close(member.pipe)
            yield Ended(member.owner, code, member.stopping, asked)

    def stop(self) -> None:
        """Ask every worker, once, to stop its training such that it can be resumed, and to leave."""
        for member in self.members:
            if not member.stopping:
                member.stopping = True
                with contextlib.suppress(ProcessLookupError):
                    os.kill(member.process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End every worker and what it has started, at once."""
        for member in self.members:
            member.stopping = True
            signal_session(member, signal.SIGKILL)


def is_over(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether a child has ended, and leave its number with it where the system can."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def signal_session(member: Member, number: int) -> None:
    """Send a signal to a worker and to all that it has started and that did not leave its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(member.process.pid, number)


@contextlib.contextmanager
def pickled(order: Order) -> Iterator[IO[bytes]]:
    """Give an order as a file that has no name: it may hold secrets, and nobody has to wait until it is read."""
    with tempfile.TemporaryFile() as file:
        pickle.dump(order, file)
        file.seek(0)
        yield file


def tail(folder: Path, lines: int = 15) -> str:
    """Return the end of what the workers have said."""
    try:
        said = (folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(said[-lines:])
