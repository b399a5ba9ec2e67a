"""How processes that train together find each other, and the first words between them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from threading import Timer
from typing import Any, NoReturn, TypeVar

from torch import distributed as dist

from runner.company import leave
from runner.hardware.place import Place, first_host, place

Value = TypeVar("Value")

STORE = "RUNNER_STORE"
"""Environment: the file through which processes that were started here find each other, without opening a port."""

LATER = 5
"""Seconds after torch should have given up."""


class Unmet(RuntimeError):
    """The processes of a run have not found each other."""


def join(timeout: float) -> Place:
    """Meet the other processes of this run, once; return where this one stands.

    Args:
        timeout: Seconds to wait for the others, here and later.

    Raises:
        Unmet: They are not there in time, or cannot be.
    """
    here = place()
    if here.world == 1 or dist.is_initialized():
        return here
    limit = timedelta(seconds=timeout)
    if path := os.environ.get(STORE):
        store = dist.FileStore(path, here.world)  # type: ignore[attr-defined]
        dist.init_process_group("gloo", store=store, rank=here.rank, world_size=here.world, timeout=limit)
        return here
    if "MASTER_ADDR" not in os.environ and "SLURM_STEP_NODELIST" in os.environ:
        os.environ["MASTER_ADDR"] = first_host(os.environ["SLURM_STEP_NODELIST"])
        os.environ.setdefault("MASTER_PORT", str(20000 + int(os.environ.get("SLURM_JOB_ID", "0")) % 20000))
    where = ":".join(os.environ.get(name, f"({name} is not set)") for name in ("MASTER_ADDR", "MASTER_PORT"))
    late = Timer(timeout + LATER, give_up, [f"{_unmet(here, where)}: who answers there is none of them"])
    late.daemon = True
    late.start()
    try:
        dist.init_process_group("gloo", rank=here.rank, world_size=here.world, timeout=limit)
    except (RuntimeError, ValueError) as error:
        if "EADDRINUSE" in str(error):
            raise Unmet(
                f"{_unmet(here, where)}: the port is taken, give another MASTER_PORT to each of them"
            ) from error
        raise Unmet(f"{_unmet(here, where)} in {timeout:g} s (hardware.timeout): {_first_line(error)}") from error
    finally:
        late.cancel()
    return here


def _unmet(here: Place, where: str) -> str:
    return f"process {here.rank} of {here.world} did not meet the others at {where}"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def give_up(words: str) -> NoReturn:
    """End this process, which waits for an answer where torch waits for ever."""
    print(f"error: {words}", file=sys.stderr)
    leave(2)


class Elsewhere(RuntimeError):
    """Another process has raised an error, which is told there."""


def first(function: Callable[[], Value]) -> Value:
    """Return in every process what the main one's call returns; nobody else calls.

    Raises:
        Elsewhere: The main one's call raised an error; there it is that error.
    """
    answer: list[Any] = [None, ""]
    failed: Exception | None = None
    if dist.get_rank() == 0:
        try:
            answer[0] = function()
        except Exception as error:  # the others would wait for an answer for ever
            failed, answer[1] = error, f"{type(error).__name__}: {error}"
    dist.broadcast_object_list(answer, src=0)
    if answer[1]:
        raise failed or Elsewhere(answer[1])
    value: Value = answer[0]
    return value
