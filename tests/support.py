"""Small trainings, and what has to be the same about two of them."""

import json
from pathlib import Path

import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from runner.build import build
from runner.compose import of_training
from runner.home import CONF
from runner.interrupt import Interrupt
from runner.statefile import load
from runner.train import train

TINY = ["dataset=noise", "dataset.samples=96", "model=mlp", "model.widths=[8]", "epochs=3", "batch_size=16"]
QUIET = ["callback=[record,checkpoint]"]


def config(*overrides):
    """Compose the packaged configuration, small and quiet, with overrides; another part brings its own keys."""
    chosen = {override.partition("=")[0] for override in overrides}
    tiny = [item for item in TINY if item.partition("=")[0].partition(".")[0] not in chosen]
    if not OmegaConf.has_resolver("runner.id"):
        OmegaConf.register_new_resolver("runner.id", lambda: "test")
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", overrides=[*tiny, *QUIET, *overrides])
    return of_training(cfg)


def trained(folder: Path, *overrides):
    """Train and return the summary."""
    folder.mkdir(parents=True, exist_ok=True)
    return train(config(*overrides), folder, list(overrides))


def built(folder: Path, *overrides):
    """Build a run without training it."""
    folder.mkdir(parents=True, exist_ok=True)
    return build(config(*overrides), folder, Interrupt())


IGNORED = {"time", "seconds"}


def outcome(folder):
    """Everything that must be the same bits: weights, optimizer, callbacks, metrics."""
    state = load(folder / "checkpoints" / "last.pt")
    state["callbacks"]["record"] = None  # holds times and their number of digits
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return state, [{key: value for key, value in row.items() if key not in IGNORED} for row in rows]


def same(first, second):
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return first == second
