"""What to call the parts of a configuration in messages, and where the user's own ones are written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf

from runner.check.frame import is_own, shown
from runner.check.module import Unknown
from runner.check.signature import read_signature
from runner.vocabulary.part import file_of


def called(cfg: DictConfig, tree: Mapping[str, Any]) -> dict[str, str]:
    """Return what the user calls the part of each group: ``model=cnn``, or its target where no choice has named it.

    Args:
        cfg: With Hydra's node if there is one: what was chosen, and where its files are.
        tree: The same as plain values.
    """
    chosen = OmegaConf.select(cfg, "hydra.runtime.choices") or {}
    sources = OmegaConf.select(cfg, "hydra.runtime.config_sources") or []
    folders = [Path(source.path) for source in sources if source.schema == "file"]
    names = {}
    for group, node in tree.items():
        target = str(node["_target_"]) if isinstance(node, Mapping) and "_target_" in node else ""
        if group in chosen and _is_of(f"{group}/{chosen[group]}", target, folders):
            names[group] = f"{group}={chosen[group]}"
        elif target:
            names[group] = f"{group}={target.rpartition('.')[2]}" if target.startswith("runner.") else target
    return names


def _is_of(name: str, target: str, folders: list[Path]) -> bool:
    """Tell whether a choice is what is built: its file names this target, or leaves that to what it inherits."""
    path = file_of(name, folders)
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8")) if path else None
    except (yaml.YAMLError, OSError):
        said = None
    return not isinstance(said, Mapping) or said.get("_target_", target) == target


def written(target: str) -> str:
    """Return file:line of a target in the user's own code; empty for all others."""
    try:
        signature = read_signature(target)
    except Unknown:
        return ""
    if signature is None or not is_own(str(signature.definition.module.path)):
        return ""
    return f"{shown(signature.definition.module.path)}:{signature.definition.node.lineno}"
