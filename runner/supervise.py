"""Several processes of one run on this machine, started and watched by torch's elastic agent."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import yaml
from omegaconf import DictConfig
from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from runner import folder as folders
from runner.beside import Beside
from runner.child import modules
from runner.hardware.meeting import STORE
from runner.interrupt import Interrupt, Interrupted, ignored
from runner.recorded import note_end
from runner.secret import unmasked

log = logging.getLogger(__name__)

GRACE = 25
"""Seconds that processes have to save and leave, before they are ended: a little more than they give themselves."""

OF_TORCH = ("RuntimeError", "DistBackendError", "DistNetworkError", "DistStoreError")
SIGNS = ("onnection closed", "onnection reset", "roken pipe", "imed out", "NCCL", "Socket")
"""Errors, and words in them, of a process that only noticed that another one had gone, or did not answer."""


class ProcessFailed(RuntimeError):
    """A process of a run raised an error, or was killed; all others have ended too.

    Args:
        message: What happened, and to which one.
        kind: Name of the error's class, or of the signal.
    """

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


def supervise(
    cfg: DictConfig,
    folder: Path,
    overrides: list[str],
    processes: int,
    interrupt: Interrupt,
    beside: Beside | None = None,
) -> None:
    """Train with several processes on this machine, and return when they are all through.

    They find the composed configuration in a file that only this user can read and that is gone afterwards (what
    comes from the environment they read there themselves), and each
    other through files beside it: no port is opened but gloo's and NCCL's own, on the loopback device.

    Raises:
        Interrupted: A signal to this process, or to one of them, stopped the run, after saving.
        ProcessFailed: One of them failed; the message tells which one, and how.
    """
    private = folder / f".launch.tmp-{os.getpid()}"  # swept up by the next process here, should this one be killed
    private.mkdir(mode=0o700)
    with _environment(local(private, processes)), _without(private):
        frozen = private / "frozen.yaml"
        words: dict[str, Any] = {"config": unmasked(cfg), "folder": str(folder), "overrides": overrides}
        words["beside"] = (beside or Beside()).plain()
        frozen.write_text(yaml.safe_dump(words, sort_keys=False), encoding="utf-8")
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
        ours = [number for number in signals if not ignored(number)]
        config = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=processes,
            run_id=folder.name,
            rdzv_backend="c10d",
            rdzv_endpoint=str(private / "rendezvous"),
            rdzv_configs={"store_type": "file"},
            max_restarts=0,
            monitor_interval=0.1,
            local_addr="127.0.0.1",
            shutdown_timeout=GRACE,
            logs_specs=DefaultLogsSpecs(log_dir=str(private)),
            signals_to_handle=",".join(number.name for number in ours),
        )
        before = {number: signal.getsignal(number) for number in ours}
        try:
            for number in before:
                signal.signal(number, stop)  # what torch's agent does itself a little later
            interrupt.check()
            elastic_launch(config, sys.executable)("-P", "-m", "runner.worker", str(frozen))
        except SignalException as stopped:
            if folders.read_json(folder / "summary.json").get("status") == "failed":
                raise ProcessFailed(f"stopped by {stopped.sigval.name}, the run failed instead of saving") from None
            raise Interrupted(stopped.sigval) from None
        except ChildFailedError as error:
            ended = reason(error.failures)
            if isinstance(ended, ProcessFailed):
                log.error("%s", ended)
                note_end(folder, "failed", str(ended))  # its main process may not have come to that
            raise ended from None
        finally:
            for number, handler in before.items():  # the agent leaves its own behind
                signal.signal(number, handler)


def stop(signum: int, frame: FrameType | None) -> None:
    """Raise what torch's agent raises at a signal: it then tells the processes."""
    raise SignalException(f"process {os.getpid()} got signal {signum}", signal.Signals(signum))


def local(private: Path, processes: int) -> dict[str, str]:
    """Return the variables that the processes are to find: how they meet, and how many threads each has."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = str(max(1, cores // processes))
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    changes = {
        STORE: str(private / "store"),
        "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",  # else the agent listens on all interfaces, for nobody
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", threads),
        "GLOO_SOCKET_IFNAME": os.environ.get("GLOO_SOCKET_IFNAME", loopback),
        "NCCL_SOCKET_IFNAME": os.environ.get("NCCL_SOCKET_IFNAME", loopback),
        "PYTHONPATH": modules(),
        "RUNNER_PARENT": str(os.getpid()),
    }
    return changes


@contextlib.contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    """Have these variables while entered, and keep the agent's own words for itself."""
    before = dict(os.environ)
    names = [name for name in logging.root.manager.loggerDict if name.startswith("torch.distributed")]
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    os.environ.update(changes)
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextlib.contextmanager
def _without(private: Path) -> Iterator[None]:
    """Leave no such folder behind."""
    try:
        yield
    finally:
        shutil.rmtree(private, ignore_errors=True)


def reason(failures: Mapping[int, ProcessFailure]) -> BaseException:
    """Return what to raise: the error of the process that failed first, not of those that lost it."""
    for failure in failures.values():
        if failure.exitcode - 128 in set(signal.Signals):
            return Interrupted(failure.exitcode - 128)
    rank, guilty = min(failures.items(), key=lambda item: (_is_consequence(item[1]), item[1].timestamp))
    name = f"process {rank} (pid {guilty.pid})"
    if _is_consequence(guilty):
        said = re.sub(r"\[/[^]]*\] ?", "", _message(guilty))  # where that is in torch's sources
        return ProcessFailed(
            f"{name} lost another one, which hangs (hardware.timeout), or left without a word: {said[:200]}"
        )
    if guilty.exitcode == -signal.SIGALRM:  # its own alarm: see ``runner.interrupt.Mortal``
        return ProcessFailed(f"{name} hangs: it did not stop when it was told to, because another one had ended")
    if guilty.exitcode < 0:
        hint = ", perhaps for lack of memory" if guilty.exitcode == -signal.SIGKILL else ""
        words = f"{name} was killed by {guilty.signal_name()}{hint}: the others have been ended"
        return ProcessFailed(words, kind=guilty.signal_name())
    return ProcessFailed(f"{name}: {_message(guilty)}", kind=_message(guilty).partition(": ")[0])


def _message(failure: ProcessFailure) -> str:
    message: Any = failure.message
    if not Path(failure.error_file).is_file():
        return f"ended with exit code {failure.exitcode}, and could not tell why"
    return str(message.get("message", message)) if isinstance(message, dict) else str(message)


def _is_consequence(failure: ProcessFailure) -> bool:
    kind, _, said = _message(failure).partition(": ")
    return failure.exitcode > 0 and (kind == "Elsewhere" or (kind in OF_TORCH and any(sign in said for sign in SIGNS)))
