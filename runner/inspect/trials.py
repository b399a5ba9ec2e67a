"""A process that tries batch sizes, seen from the one that asks it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

from runner.child import modules
from runner.company import NAMES
from runner.hardware.meeting import STORE
from runner.inspect.batchsize import Try

if TYPE_CHECKING:
    from runner.interrupt import Interrupt

OTHERS = (*NAMES, STORE)
"""Environment: what would have the process look for others."""

LOOK = 0.2
"""Seconds between two looks at whether to go on."""


class Trials:
    """A process that tries sizes, started anew after one that ended it.

    Args:
        words: What it is told: the configuration, and how many processes share the memory.
        interrupt: Is asked while an answer is waited for.

    Attributes:
        facts: What it said of itself: the device, the largest size that is of use, the bytes that may be taken.
    """

    def __init__(self, words: Mapping[str, Any], interrupt: Interrupt) -> None:
        self.words, self.interrupt = json.dumps(words), interrupt
        self.said = tempfile.TemporaryFile()  # noqa: SIM115  # closed in ``__exit__``
        self.process: subprocess.Popen[bytes] | None = None
        self.spent = False  # whether a size did not fit: what that left behind may be in the way of the next
        self.facts: dict[str, Any] = {}

    def __enter__(self) -> Trials:
        try:
            self.facts = self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.end()
        self.said.close()

    def start(self) -> dict[str, Any]:
        """Start the process and return what it says of itself."""
        environment = {name: value for name, value in os.environ.items() if name not in OTHERS}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "runner.batchsize"],
            env={**environment, "PYTHONPATH": modules(), "RUNNER_PARENT": str(os.getpid())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            start_new_session=True,  # Ctrl-C is for this process, which ends the other
        )
        self.spent = False
        facts = self.ask(self.words)
        if facts is None:
            raise RuntimeError(f"batch_size=auto: the process that tries sizes {self.ending()}")
        return self.known(facts)

    def __call__(self, size: int) -> Try:
        """Return what became of a size; a process that it killed had not enough memory."""
        begun = perf_counter()
        if self.process is None:
            self.start()
        answer = self.ask(str(size))
        if answer is not None and "error" in answer and self.spent:
            self.end()
            self.start()
            answer = self.ask(str(size))
        if answer is None:
            return Try(size, False, None, perf_counter() - begun, f"the process {self.ending()}")
        made = Try(**self.known(answer)["try"])
        self.spent |= not made.fits
        return made

    def known(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return an answer that is none about an error."""
        if text := answer.get("error"):
            error = (ValueError if answer["user"] else RuntimeError)(f"batch_size=auto: {text}")
            error.add_note(answer["trace"])
            raise error
        return answer

    def ask(self, line: str) -> dict[str, Any] | None:
        """Send a line and return the answer; None if the process has ended."""
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(f"{line}\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            return None
        answer = b""
        while not answer.endswith(b"\n"):
            self.interrupt.check()
            if select.select([self.process.stdout], [], [], LOOK)[0]:
                more = os.read(self.process.stdout.fileno(), 2**16)
                if not more:
                    return None
                answer += more
        loaded: dict[str, Any] = json.loads(answer)
        return loaded

    def ending(self) -> str:
        """Return how the process ended, in words."""
        assert self.process is not None
        code = self.process.wait()
        self.end()
        self.said.seek(0)
        last = self.said.read().decode(errors="replace").strip().rpartition("\n")[2]
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return f"{how}: {last}" if last else how

    def end(self) -> None:
        """End the process, whatever it is doing."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()
