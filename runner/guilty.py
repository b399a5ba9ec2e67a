"""Which of several processes is to blame for the end of a run, from what torch's agent knows of each."""

from __future__ import annotations

import re
import signal
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

from runner.agent import consequence
from runner.interrupt import Interrupted


class ProcessFailed(RuntimeError):
    """A process of a run raised an error, or was killed; all others have ended too.

    Args:
        message: What happened, and to which one.
        kind: Name of the error's class, or of the signal.
    """

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


def reason(
    failures: Mapping[int, ProcessFailure],
    processes: int = 0,
    killed: Collection[int] = (),
    hanging: Mapping[int, str] | None = None,
) -> BaseException:
    """Return what to raise: the error of the process that failed first, not of those that lost it.

    Args:
        failures: Of those that did not leave with 0, by rank.
        processes: How many there were.
        killed: Ranks of those that were killed because they outlived the others (``runner.overdue``).
        hanging: Where those that were told to end were then, as tracebacks, by rank.
    """
    for failure in failures.values():
        if failure.exitcode - 128 in set(signal.Signals):
            return Interrupted(failure.exitcode - 128)
    rank, guilty = min(failures.items(), key=lambda item: (_is_consequence(item[1]), item[1].timestamp))
    name = f"process {rank} (pid {guilty.pid})"
    if _is_consequence(guilty):
        said = re.sub(r"\[/[^]]*\] ?", "", _message(guilty))[:200]  # without where that is in torch's sources
        for other in sorted(set(range(processes)) - failures.keys()):
            return ProcessFailed(
                f"process {other} left with exit code 0 before the run had ended: {name} lost it ({said})"
            )
        return ProcessFailed(f"{name} lost another one, which hangs (hardware.timeout), or left without a word: {said}")
    where = _where((hanging or {}).get(rank, ""))
    if rank in killed:
        told = f"{name} hangs{where or ', or is stopped'}: it did not answer the others, nor end when it was told to"
        return ProcessFailed(f"{told}, and was killed")
    if guilty.exitcode == -signal.SIGALRM:  # its own alarm: see ``runner.interrupt.Mortal``
        return ProcessFailed(f"{name} hangs{where}: it did not stop when it was told to, because another one had ended")
    if guilty.exitcode < 0:
        hint = ", perhaps for lack of memory" if guilty.exitcode == -signal.SIGKILL else ""
        words = f"{name} was killed by {guilty.signal_name()}{hint}: the others have been ended"
        return ProcessFailed(words, kind=guilty.signal_name())
    return ProcessFailed(f"{name}: {_message(guilty)}", kind=_message(guilty).partition(": ")[0])


def stuck(failures: Mapping[int, ProcessFailure], killed: Collection[int]) -> list[int]:
    """Return the ranks of those that did not end when they were told to."""
    return [rank for rank, of in failures.items() if rank in killed or of.exitcode == -signal.SIGALRM]


def _where(traceback: str) -> str:
    """Return in words the innermost place of a traceback of ``faulthandler``."""
    found = re.search(r'File "([^"]*)", line (\d+) in (\S+)', traceback)
    return f" in {found[3]} ({Path(found[1]).name}:{found[2]})" if found else ""


def _message(failure: ProcessFailure) -> str:
    message: Any = failure.message
    if not Path(failure.error_file).is_file():
        return f"ended with exit code {failure.exitcode}, and could not tell why"
    return str(message.get("message", message)) if isinstance(message, dict) else str(message)


def _is_consequence(failure: ProcessFailure) -> bool:
    return failure.exitcode > 0 and consequence(_message(failure))
