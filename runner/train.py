"""A training: composed, in a folder of its own, from its last checkpoint if it has one, by one process or several."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from runner import chosen, durable, past
from runner import folder as folders
from runner.beside import Beside
from runner.build import build
from runner.check.reason import cause
from runner.hardware.exhausted import is_exhausted
from runner.hardware.meeting import first
from runner.hardware.place import place
from runner.interrupt import GRACE, Interrupt, Mortal
from runner.log import logged
from runner.loop import fit
from runner.make import make
from runner.recorded import config_hash, in_yaml
from runner.redact import redacted, remember
from runner.secret import hidden_in, masked, masked_override
from runner.sources import named_files
from runner.trust import ledger

log = logging.getLogger(__name__)
WRONG = (ValueError, FileNotFoundError, PermissionError, NotADirectoryError, IsADirectoryError)
"""What a user's configuration or data raise while the parts of a run are built."""


class Refused(ValueError):
    """The configuration or the data make the run impossible, which showed before anything was trained: exit code 2."""


def train(
    cfg: DictConfig,
    folder: Path,
    overrides: list[str],
    beside: Beside | None = None,
    choices: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Train in a folder of its own, from its last checkpoint if it has one, and return the summary.

    Of several processes that were started together only the main one holds the folder, writes, and has a summary.

    Args:
        cfg: The composed configuration, already checked.
        folder: An existing folder; the run's own from here on.
        overrides: What the user asked for, a recipe first, for the record.
        beside: What a search has to say that the run is part of.
        choices: What the configuration was composed of, for the record; None: of a run that has noted it.

    Raises:
        Interrupted: A signal stopped the run, after saving.
        Busy: Another process is working in the folder.
        ProcessFailed: One of the processes that were started here failed.
        Refused: Configuration or data make it impossible, which showed before anything was trained.
    """
    folder, here = folder.resolve(), place()
    remember(hidden_in(cfg))
    with ExitStack() as stack:
        alone = here.world == 1
        interrupt = beside.interrupt if beside else None
        if interrupt is None:
            own = Interrupt() if alone else Mortal(min(GRACE, float(cfg.hardware.timeout)))
            interrupt = stack.enter_context(own)
        if here.rank == 0:
            stack.enter_context(folders.lock(folder))
        stack.enter_context(logged(folder, here.rank))
        if cfg.batch_size == "auto":
            found = partial(found_batch_size, cfg, folder, interrupt)
            cfg.batch_size = first(found) if here.world > 1 else found()
        if here.rank == 0:
            begin(cfg, folder, overrides)
            chosen.note(folder, choices or {})
        processes = 1 if cfg.hardware.get("processes", 1) == 1 else make(cfg.hardware).processes
        if processes > here.world:
            from runner.supervise import supervise

            supervise(cfg, folder, overrides, processes, interrupt, beside)
        else:
            work(cfg, folder, overrides, interrupt, beside)
        return durable.read_json(folder / "summary.json") if here.rank == 0 else {}


def found_batch_size(cfg: DictConfig, folder: Path, interrupt: Interrupt) -> int:
    """Return the largest batch that fits, and keep how it was found."""
    from runner.batchsize import settle_batch_size

    processes = max(place().world, make(cfg.hardware).processes)
    here = int(os.environ.get("LOCAL_WORLD_SIZE", processes))
    try:
        found = settle_batch_size(cfg, interrupt, processes=processes, here=here)
    except Exception as error:
        log.exception("failed while the batch size was looked for")
        durable.write_json(folder / "summary.json", {"id": folders.identity(folder), "status": "failed"})
        if isinstance(error, WRONG):
            raise Refused(str(error)) from error
        raise
    durable.write_json(folder / "batch_size.json", found)
    return int(cfg.batch_size)


def begin(cfg: DictConfig, folder: Path, overrides: list[str]) -> None:
    """Write down what is to run, and that it is this user who runs it."""
    durable.sweep_up(folder)
    durable.keep_names(folder.parent)
    written = masked(cfg)
    past.note(folder, written)
    text = in_yaml(written)
    durable.write_text(folder / "config.yaml", text)
    ledger.note(folders.identity(folder), text)
    durable.write_text(folder / "overrides.yaml", in_yaml([redacted(masked_override(o)) for o in overrides]))
    folders.point_latest(folder)


def work(
    cfg: DictConfig, folder: Path, overrides: list[str], interrupt: Interrupt, beside: Beside | None = None
) -> None:
    """Build the run and train: what every process of a run does."""
    try:
        run = build(cfg, folder, interrupt, beside)
    except Exception as error:
        wrong = isinstance(cause(error), WRONG) and not is_exhausted(error)
        log.exception("nothing was trained" if wrong else "failed while the parts were built")
        if place().rank == 0:
            durable.write_json(folder / "summary.json", {"id": folders.identity(folder), "status": "failed"})
        if wrong:
            raise Refused(str(cause(error))) from error
        raise
    written = masked(cfg)
    run.facts |= {
        "config_hash": config_hash(written),
        "files": named_files(written),
        "overrides": [redacted(masked_override(override)) for override in overrides],
    }
    if found := durable.read_json(folder / "batch_size.json"):
        run.facts["batch_size_search"] = found
    fit(run)
