"""From a configuration to objects: the only place where that happens. Facts travel through this hand alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor, nn
from torch.optim import Optimizer

from runner.beside import Beside
from runner.callback.base import Callback
from runner.callback.prune import Prune
from runner.callback.record import Record
from runner.dataset.batch import Batches, balanced, derive
from runner.dataset.data import Data, Loader, Splits
from runner.dataset.validate import validated
from runner.debug.limit import Limit
from runner.hardware.feed import resident
from runner.interrupt import Interrupt
from runner.loop import Run
from runner.make import bare, make, plain, shared, without_shared
from runner.model.weights import load_weights
from runner.optimizer.groups import groups
from runner.randomness import seed_all
from runner.schedule.schedule import Schedule
from runner.shelf import Shelf
from runner.task.base import Task


def build(cfg: DictConfig, folder: Path, interrupt: Interrupt, beside: Beside | None = None) -> Run:
    """Build every part of a run.

    Args:
        cfg: The composed configuration.
        folder: Of the run.
        interrupt: Is asked between two steps.
        beside: What a search has to say.
    """
    beside = beside or Beside()
    hardware = make(cfg.hardware)
    hardware.prepare()
    data: Data = make(cfg.dataset)
    group = hardware.group
    load = partial(validated, data)
    load = partial(beside.resident, plain(cfg.dataset), load) if beside.resident else load
    splits = group.in_turn(load)
    task = make(cfg.task, **target_facts(data, splits))
    rows = group.rows if group.world > 1 else None
    inputs = [split.inputs for split in (splits.train, splits.valid, splits.test)]
    feed = None if resident(inputs, hardware.device) else hardware.feed
    batches = make_batches(cfg, data, splits, hardware.device, rows, feed)
    counts = {f"numbers of batches of the {part} part": len(loader) for part, loader in batches.items()}
    group.same({"data (sha256)": splits.fingerprint, **counts})
    seed_all(cfg.seed)
    model = make_model(cfg, data, task)
    if not group.first(Shelf(folder).begun):
        hardware.notes += load_weights(model, **shared(cfg, "model"))
    model = hardware.place(model)
    optimizer = make_optimizer(cfg, model)
    hardware.mass = getattr(task, "mass", len)
    hardware.attach(optimizer)
    hardware.notes += hardware.shortfall(cfg.batch_size)
    curve = bare(make(cfg.schedule, epochs=cfg.epochs))
    schedule = Schedule(optimizer, curve, total=cfg.epochs * len(batches["train"]))
    callbacks = make_callbacks(cfg, beside, main=group.main)
    objective = cfg.objective or f"valid/{next(iter(task.directions))}"
    check_measured(objective, callbacks, task)
    if not data.next_token and cfg.batch_size > len(splits.train):
        hardware.notes.append(f"batch_size={cfg.batch_size}: every batch is all {len(splits.train)} training samples")
    if objective.startswith("valid/") and not len(batches["valid"]):
        raise ValueError(f"objective={objective}, but no sample is held out for validation: see dataset.valid")
    if objective.startswith("valid/") and isinstance(task, Task):
        task.check_valid(objective.rpartition("/")[2], splits.valid.targets)
    if group.world > 1:
        interrupt.agree = group.highest
        if not group.main:
            seed_all(derive(cfg.seed, "process", group.rank))  # the weights are the same, what dropout draws is not
    return Run(
        folder=folder,
        model=model,
        task=task,
        optimizer=optimizer,
        schedule=schedule,
        hardware=hardware,
        batches=batches,
        callbacks=callbacks,
        epochs=cfg.epochs,
        objective=objective,
        direction=task.directions[objective.rpartition("/")[2]],
        interrupt=interrupt,
        facts=describe(cfg, data, splits, model, hardware),
    )


def make_batches(
    cfg: DictConfig,
    data: Data,
    splits: Splits,
    device: torch.device,
    rows: Callable[[int], slice] | None = None,
    feed: Callable[[Iterable[Tensor]], Iterable[Tensor]] | None = None,
) -> dict[str, Loader]:
    """Return the three parts as batches on the device; only training batches are shuffled and augmented.

    Args:
        rows: With several processes: which rows of a batch of so many this one works on. A user's own batches may
            not know of it: then every process has whole ones, and the hardware takes its part.
        feed: Brings inputs that stay on the host to the device.
    """
    limit: Limit = make(cfg.debug) if cfg.get("debug") else Limit()
    parts = {"train": splits.train, "valid": splits.valid, "test": splits.test}
    maker = data.batches or Batches
    known = inspect.signature(maker).parameters
    asked = {"rows": rows, "feed": feed, "timeout": cfg.hardware.get("timeout")}
    own: dict[str, Any] = {name: given for name, given in asked.items() if given and name in known}
    made = {
        part: maker(
            split,
            cfg.batch_size,
            mean=splits.mean,
            std=splits.std,
            device=device,
            seed=cfg.seed,
            shuffle=part == "train",
            augment=data.augment if part == "train" and limit.augmented else None,
            workers=data.workers,
            limit=getattr(limit, part),
            classes=len(data.classes),
            view=data.view,
            weights=balanced(split.targets) if data.sampling and part == "train" else None,
            **own,
        )
        for part, split in parts.items()
    }
    return {**made, "train": limit.training(made["train"])}


def make_callbacks(cfg: DictConfig, beside: Beside, main: bool) -> dict[str, Callback]:
    """Return the callbacks of one process, in the order in which they are called.

    Args:
        main: Whether it is the main process, or the only one.
    """
    nodes = {str(name): node for name, node in (cfg.get("callback") or {}).items() if node is not None}
    made: dict[str, Callback] = {name: make(node) for name, node in nodes.items() if name not in beside.without}
    made.setdefault("record", Record())
    if beside.judge is not None:
        made["the search"] = Prune(beside.judge)
    here = [(name, callback) for name, callback in made.items() if main or not callback.main_only]
    return dict(sorted(here, key=lambda item: item[1].rank))


def check_measured(objective: str, callbacks: dict[str, Callback], task: Task) -> None:
    """See whether the task measures what is looked at: its metrics may not have been known before.

    Raises:
        ValueError: It does not; the message says what there is.
    """
    looked_at = {f"callback.{name}.monitor": getattr(callback, "monitor", None) for name, callback in callbacks.items()}
    for key, metric in ({"objective": objective} | looked_at).items():
        if isinstance(metric, str) and metric.rpartition("/")[2] not in task.directions:
            raise ValueError(f"{key}={metric} is no metric of this task: there is {', '.join(task.directions)}")


def make_model(cfg: DictConfig, data: Data, task: Task) -> nn.Module:
    """Return the model with fresh weights; how many numbers it gives for a sample is the task's word."""
    facts = data.facts()
    outputs = getattr(task, "outputs", None)
    model: nn.Module = make(without_shared(cfg, "model"), **facts | ({"classes": outputs} if outputs else {}))
    return model


def make_optimizer(cfg: DictConfig, model: nn.Module) -> Optimizer:
    """Return the optimizer of what is trained."""
    params = groups(model, **shared(cfg, "optimizer"))
    optimizer: Optimizer = make(without_shared(cfg, "optimizer"), model=model, params=params)
    return optimizer


def target_facts(data: Data, splits: Splits) -> dict[str, Any]:
    """Return what a task may ask for: how often each class occurs, or where the numbers to predict lie."""
    targets = splits.train.targets
    if data.next_token or not len(targets):
        return {}
    if data.classes:
        return {"counts": torch.bincount(targets, minlength=len(data.classes))}
    return {"center": float(targets.mean()), "spread": float(targets.std(correction=0))}


def describe(cfg: DictConfig, data: Data, splits: Splits, model: nn.Module, hardware: Any) -> dict[str, Any]:
    """Return the facts of a run for people: what ``environment.json`` and the terminal say."""
    return {
        "data": {
            "name": data.name,
            "source": splits.source,
            "fingerprint": splits.fingerprint,
            "shape": list(data.shape),
            "classes": list(data.classes),
            **({"tokens": list(data.tokens)} if data.tokens and not data.next_token else {}),
            "unit": "tokens" if data.next_token else "samples",
            **({"skipped": list(splits.skipped)} if splits.skipped else {}),
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
        "processes": hardware.group.world,
        "notes": hardware.notes,
    }
