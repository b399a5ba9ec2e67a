"""One run of a trial: answered from its record, taken up again, or trained; whatever ends it is written down."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from runner.beside import Beside
from runner.check.reason import cause, reason_of
from runner.chosen import choices_of_job
from runner.durable import read_json
from runner.folder import Busy
from runner.hardware.exhausted import is_exhausted
from runner.log import logged
from runner.recorded import config, config_hash, differing, note_end
from runner.secret import masked
from runner.shelf import Shelf
from runner.sweep.fresh import as_before, free_memory
from runner.train import train

log = logging.getLogger(__name__)
OVER = ("finished", "stopped", "pruned", "infeasible")
"""What a run may end as, such that it need not be trained again."""
DIVERGED = ("ArithmeticError", "NonFinite")
"""Errors of a training that has left the numbers; others of that kind, a division by zero, are somebody's mistakes."""
LINGERING = 15.0
"""Seconds for which processes of a dead worker may hold a folder: loader processes, until they notice."""


def run_one(cfg: DictConfig, folder: Path, overrides: list[str], beside: Beside) -> dict[str, Any]:
    """Train one run to its end, unless it has come there before, and return its summary, whatever the end is.

    Where the folder is another experiment's, or another process works in it, the summary is not written down.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if cfg.batch_size == "auto" and (found := read_json(folder / "batch_size.json")):
        cfg.batch_size = found["found"]
    written = masked(cfg)
    hashed = config_hash(written)
    before = read_json(folder / "summary.json")
    if before.get("status") in OVER and before.get("config_hash") == hashed:
        return before
    if Shelf(folder).begun() and (others := differing(config(folder), written)):
        reason = f"{folder} holds a run with another {', '.join(others)}: give the search another sweep.name"
        return {"status": "failed", "reason": reason}
    try:
        with as_before():
            summary = patiently(lambda: train(cfg, folder, overrides, beside, choices_of_job(cfg)))
        failed = None
    except Busy as error:
        return {"status": "failed", "reason": str(error)}
    except Exception as error:
        failed = verdict(error)
        if read_json(folder / "summary.json") == before:  # it came to no training, and nobody has told
            with logged(folder):
                log.exception("failed")
    free_memory()
    return summary if failed is None else note_end(folder, *failed, config_hash=hashed)


def patiently(action: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what an action returns; a folder that a dead process's children still hold is waited for."""
    until = time.monotonic() + LINGERING
    while True:
        try:
            return action()
        except Busy:
            if time.monotonic() > until:
                raise
        time.sleep(0.1)


def verdict(error: Exception) -> tuple[str, str]:
    """Return what a run ended as, and why in one line."""
    own = cause(error)
    kind = getattr(own, "kind", type(own).__name__)  # told by a process that was started for it
    infeasible = kind in (*DIVERGED, "SIGKILL") or is_exhausted(own)
    return "infeasible" if infeasible else "failed", reason_of(own)
