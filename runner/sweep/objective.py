"""What a search looks for: the values of a trial that count, and which way is better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf, open_dict

from runner.check.metric import COSTS, directions

DIRECTIONS = {"max": "maximize", "min": "minimize"}


def objectives(cfg: DictConfig) -> dict[str, str]:
    """Return the objectives of a configuration and their directions, in Optuna's words.

    Args:
        cfg: Composed; ``objective`` is a metric's name, or several, or null for the task's own.
    """
    measured: dict[str, str] = directions(cfg.task._target_) or get_object(cfg.task._target_).directions
    asked = cfg.get("objective")
    names = list(asked) if OmegaConf.is_list(asked) else [asked or f"valid/{next(iter(measured))}"]
    return {name: "minimize" if name in COSTS else DIRECTIONS[measured[name.rpartition("/")[2]]] for name in names}


def trained_for(names: Sequence[str]) -> str | None:
    """Return the objective by which a training chooses its best epoch: the first that is known after each one."""
    return next((name for name in names if name.startswith("valid/") or name == "train/loss"), None)


def single(cfg: DictConfig) -> Any:
    """Let a training look at one objective, in place, where the search has several."""
    if OmegaConf.is_list(cfg.get("objective")):
        with open_dict(cfg):
            cfg.objective = trained_for(list(cfg.objective))
    return cfg
