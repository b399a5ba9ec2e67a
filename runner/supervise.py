"""Several processes of one run on this machine, started and watched by torch's elastic agent."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import yaml
from omegaconf import DictConfig
from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from runner import durable
from runner.beside import Beside
from runner.child import modules
from runner.guilty import ProcessFailed, reason, stuck
from runner.hardware.meeting import STORE
from runner.interrupt import Interrupt, Interrupted, ignored
from runner.overdue import Overdue, hanging
from runner.recorded import note_end
from runner.secret import unmasked

log = logging.getLogger(__name__)

GRACE = 25
"""Seconds that processes have to save and leave, before they are ended: a little more than they give themselves."""

COMPLETE = ("finished", "stopped", "pruned")
"""What a summary says of a run whose processes may all leave with 0."""


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
        main = threading.current_thread() is threading.main_thread()  # of another thread's signals its owner decides
        ours = [number for number in signals if main and not ignored(number)]
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
        earlier = durable.read_json(folder / "summary.json")
        overdue = Overdue(private, grace=min(GRACE, float(cfg.hardware.timeout) + 5))
        try:
            for number in before:
                signal.signal(number, stop)  # what torch's agent does itself a little later
            interrupt.check()
            with overdue:
                elastic_launch(config, sys.executable)("-P", "-m", "runner.worker", str(frozen))
        except SignalException as stopped:
            if durable.read_json(folder / "summary.json").get("status") == "failed":
                raise ProcessFailed(f"stopped by {stopped.sigval.name}, the run failed instead of saving") from None
            raise Interrupted(stopped.sigval) from None
        except ChildFailedError as error:
            traces = hanging(private)
            for rank in stuck(error.failures, overdue.killed):
                where = traces.get(rank, "nowhere that it could tell: it is stopped").rstrip()
                log.info("process %d was here when it was told to end:\n%s", rank, where)
            raise told(folder, reason(error.failures, processes, overdue.killed, traces)) from None
        finally:
            for number, handler in before.items():  # the agent leaves its own behind
                signal.signal(number, handler)
    summary = durable.read_json(folder / "summary.json")
    if summary == earlier or summary.get("status") not in COMPLETE:
        raise told(folder, ProcessFailed("all processes left with exit code 0 before the run had ended"))


def told(folder: Path, ended: BaseException) -> BaseException:
    """Return an end, after writing down that it is a failure: the run's main process may not have come to that."""
    if isinstance(ended, ProcessFailed):
        log.error("%s", ended)
        note_end(folder, "failed", str(ended))
    return ended


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
