"""From a configuration to a trained model: the only place where config becomes objects."""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
from functools import partial
from pathlib import Path
from typing import Any

import torch
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf
from torch import nn

from runner import folder as folders
from runner.callback.base import Callback
from runner.callback.record import Record
from runner.dataset.batch import Batches
from runner.dataset.data import Data, Splits
from runner.debug.limit import Limit
from runner.interrupt import Interrupt
from runner.log import logged
from runner.loop import Run, fit
from runner.optimizer.groups import groups
from runner.schedule.schedule import Schedule
from runner.secret import masked, masked_override
from runner.state import load, seed_all

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


def build(cfg: DictConfig, folder: Path, interrupt: Interrupt) -> Run:
    """Build every part of a run. Facts travel from the dataset to the others through this hand alone."""
    hardware = make(cfg.hardware)
    hardware.prepare()
    task = make(cfg.task)
    data: Data = make(cfg.dataset)
    splits = data.load()
    batches = make_batches(cfg, data, splits, hardware.device)
    seed_all(cfg.seed)
    model = hardware.place(make(cfg.model, **data.facts()))
    optimizer = make(cfg.optimizer, model=model, params=groups(model))
    hardware.attach(optimizer)
    schedule = Schedule(optimizer, bare(make(cfg.schedule)), total=cfg.epochs * len(batches["train"]))
    callbacks: dict[str, Callback] = {
        name: make(node) for name, node in (cfg.get("callback") or {}).items() if node is not None
    }
    callbacks.setdefault("record", Record())
    objective = cfg.objective or f"valid/{next(iter(task.directions))}"
    if objective.startswith("valid/") and not len(batches["valid"]):
        raise ValueError(f"objective={objective}, but no sample is held out for validation: see dataset.valid")
    return Run(
        folder=folder,
        model=model,
        task=task,
        optimizer=optimizer,
        schedule=schedule,
        hardware=hardware,
        batches=batches,
        callbacks=dict(sorted(callbacks.items(), key=lambda item: item[1].last)),
        epochs=cfg.epochs,
        objective=objective,
        direction=task.directions[objective.rpartition("/")[2]],
        interrupt=interrupt,
        facts=describe(cfg, data, splits, model, hardware),
    )


def make_batches(cfg: DictConfig, data: Data, splits: Splits, device: torch.device) -> dict[str, Batches]:
    """Return the three parts as batches on the device; only training batches are shuffled and augmented."""
    limit: Limit = make(cfg.debug) if cfg.get("debug") else Limit()
    if not len(splits.train):
        raise ValueError(f"dataset {data.name} has no training samples")
    parts = {"train": splits.train, "valid": splits.valid, "test": splits.test}
    return {
        part: Batches(
            split,
            cfg.batch_size,
            mean=splits.mean,
            std=splits.std,
            device=device,
            seed=cfg.seed,
            shuffle=part == "train",
            augment=data.augment if part == "train" else None,
            workers=data.workers,
            limit=getattr(limit, part),
        )
        for part, split in parts.items()
    }


def make(node: DictConfig, **facts: Any) -> Any:
    """Instantiate a node, with those facts that its target's signature names."""
    named = inspect.signature(get_object(node._target_)).parameters
    return instantiate(node, _convert_="all", **{name: value for name, value in facts.items() if name in named})


def bare(function: Any) -> Any:
    """Return a partial without Hydra's wrapper, which looks its target up anew at every call: 500 calls a step."""
    if isinstance(function, partial):
        return partial(function.func, *function.args, **function.keywords)
    return function


def describe(cfg: DictConfig, data: Data, splits: Splits, model: nn.Module, hardware: Any) -> dict[str, Any]:
    """Return the facts of a run for people: what ``environment.json`` and the terminal say."""
    return {
        "data": {
            "name": data.name,
            "source": splits.source,
            "fingerprint": splits.fingerprint,
            "shape": list(data.shape),
            "classes": list(data.classes),
            **{part: len(getattr(splits, part)) for part in ("train", "valid", "test")},
        },
        "targets": {group: cfg[group]._target_ for group in ("model", "optimizer", "schedule", "task")},
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "lr": cfg.optimizer.get("lr"),
        "batch_size": cfg.batch_size,
        "seed": cfg.seed,
        "device": str(hardware.device),
        "precision": hardware.precision,
        "threads": torch.get_num_threads(),
        "notes": hardware.notes,
    }


def config_hash(written: dict[str, Any]) -> str:
    """Return the sha256 of a configuration's content, independent of the order of its keys."""
    return hashlib.sha256(json.dumps(written, sort_keys=True, default=str).encode()).hexdigest()


def rebuild(folder: Path) -> tuple[nn.Module, Data]:
    """Return the best model of a run, on the CPU and in evaluation mode, and the dataset's facts."""
    cfg = OmegaConf.load(folder / "config.yaml")
    assert isinstance(cfg, DictConfig)
    data: Data = make(cfg.dataset)
    model: nn.Module = make(cfg.model, **data.facts())
    model.load_state_dict(load(folder / "checkpoints" / "best.pt")["model"])
    return model.eval(), data
