"""What the configuration is made of: its root keys, its groups, and what each group is given when it is built."""

from __future__ import annotations

from typing import Any, Literal

from runner.types import Count, Whole

ROOT: dict[str, Any] = {
    "epochs": Count,
    "batch_size": Count | Literal["auto"],
    "seed": Whole,
    "objective": str | list[str] | None,
    "expect": dict[str, str] | None,
}
"""Keys outside any group."""
OPTIONAL_ROOT = ("objective", "expect")

GROUPS = ("dataset", "model", "task", "optimizer", "schedule", "hardware", "callback", "debug", "sweep")
OPTIONAL = ("callback", "debug", "sweep")
"""Groups that a run can do without."""
PARTS = tuple(group for group in GROUPS if group not in OPTIONAL)
"""Groups of which a training has exactly one choice."""

FACTS: dict[str, dict[str, str]] = {
    "model": {
        "in_shape": "the dataset",
        "classes": "the dataset",
        "vocabulary": "the dataset",
        "next_token": "the dataset",
        "sizes": "the dataset",
    },
    "task": {"counts": "the dataset", "center": "the dataset", "spread": "the dataset"},
    "optimizer": {"params": "the model", "model": "the run"},
    "schedule": {"step": "the run", "total": "the run", "epochs": "the run"},
    "sweep.sampler": {
        "seed": "sweep.seed",
        "study_seed": "sweep.seed",
        "space": "the command",
        "objectives": "the root key objective",
    },
    "sweep.pruner": {"epochs": "the root key epochs"},
}
"""Parameters that ``runner.build`` and ``runner.sweep`` fill in, and who states them: no fact is written twice."""

SHARED: dict[str, str] = {
    "model": "runner.model.weights.load_weights",
    "optimizer": "runner.optimizer.groups.groups",
}
"""Functions whose keys every choice of a group has, whatever its target: ``model.weights``, ``optimizer.freeze``."""

SPECIAL = ("_target_", "_partial_", "_args_", "_convert_", "_recursive_")
"""Hydra's own keys in a node with a target."""
