"""What the configuration is made of: its root keys, its groups, and what each group is given when it is built."""

from __future__ import annotations

from typing import Any

from runner.types import Count, Whole

ROOT: dict[str, Any] = {"epochs": Count, "batch_size": Count, "seed": Whole, "objective": str | None}
"""Keys outside any group."""

GROUPS = ("dataset", "model", "task", "optimizer", "schedule", "hardware", "callback", "debug")
OPTIONAL = ("callback", "debug")
"""Groups that a run can do without."""

FACTS: dict[str, dict[str, str]] = {
    "model": {"in_shape": "the dataset", "classes": "the dataset"},
    "optimizer": {"params": "the model", "model": "the run"},
    "schedule": {"step": "the run", "total": "the run"},
}
"""Parameters that ``runner.train`` fills in, and who states them: no fact is written twice."""

SPECIAL = ("_target_", "_partial_", "_args_", "_convert_", "_recursive_")
"""Hydra's own keys in a node with a target."""
