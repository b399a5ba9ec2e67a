"""A training: composed, in a folder of its own, from its last checkpoint if it has one."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from runner import folder as folders
from runner.build import build
from runner.interrupt import Interrupt
from runner.log import logged
from runner.loop import fit
from runner.secret import masked, masked_override

log = logging.getLogger(__name__)


def train(cfg: DictConfig, folder: Path, overrides: list[str]) -> dict[str, Any]:
    """Train in a folder of its own, from its last checkpoint if it has one, and return the summary.

    Args:
        cfg: The composed configuration, already checked.
        folder: An existing folder; the run's own from here on.
        overrides: What the user asked for, for the record.

    Raises:
        Interrupted: A signal stopped the run, after saving.
        Busy: Another process is working in the folder.
    """
    folder = folder.resolve()
    with Interrupt() as interrupt, folders.lock(folder), logged(folder):
        folders.sweep_up(folder)
        written = masked(cfg)
        folders.write_text(folder / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(written)))
        folders.write_text(folder / "overrides.yaml", OmegaConf.to_yaml([masked_override(o) for o in overrides]))
        folders.point_latest(folder)
        try:
            run = build(cfg, folder, interrupt)
        except Exception:
            log.exception("failed while the parts were built")
            folders.write_json(folder / "summary.json", {"id": folders.identity(folder), "status": "failed"})
            raise
        run.facts |= {
            "config_hash": config_hash(written),
            "overrides": [masked_override(o) for o in overrides],
        }
        fit(run)
        return folders.read_json(folder / "summary.json")


def config_hash(written: dict[str, Any]) -> str:
    """Return the sha256 of a configuration's content, independent of the order of its keys."""
    return hashlib.sha256(json.dumps(written, sort_keys=True, default=str).encode()).hexdigest()
