"""Which choices a configuration was composed of, for the record: ``model: smallres``, whoever chose it, and where."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.check.facts import PARTS
from runner.durable import read_json, write_json

if TYPE_CHECKING:
    from omegaconf import DictConfig

FILE = "choices.json"
_TARGET = re.compile(r"^_target_:\s*(\S+)", re.MULTILINE)


def choices_in(hydra: Any, cfg: DictConfig) -> dict[str, str]:
    """Return the choice of each group that a configuration still is: not of one whose target was then replaced.

    Args:
        hydra: Hydra's own node, which knows what was chosen, and where it was looked for.
        cfg: What a training reads.
    """
    folders = [Path(source.path) for source in hydra.runtime.config_sources if source.schema == "file"]
    found = {}
    for group in PARTS:
        choice, node = hydra.runtime.choices.get(group), cfg.get(group)
        path = next((p for folder in folders if (p := folder / group / f"{choice}.yaml").is_file()), None)
        if path is None or node is None:
            continue
        said = _TARGET.search(path.read_text(encoding="utf-8"))
        if said is None or said[1] == node.get("_target_"):  # none: what it inherits has it
            found[group] = str(choice)
    preset = hydra.runtime.choices.get("debug")
    return {**found, "debug": str(preset)} if preset else found


def choices_of_job(cfg: DictConfig) -> dict[str, str]:
    """Return the choices of what Hydra, or a search in its place, is doing now; nothing if it does nothing."""
    from hydra.core.hydra_config import HydraConfig

    return choices_in(HydraConfig.get(), cfg) if HydraConfig.initialized() else {}


def note(folder: Path, choices: dict[str, str]) -> None:
    """Write them into a run's folder."""
    if choices:
        write_json(folder / FILE, choices)


def noted(folder: Path) -> dict[str, str]:
    """Return what a run noted; nothing if it did not, or if that cannot be read."""
    try:
        return {group: name for group, name in read_json(folder / FILE).items() if isinstance(name, str)}
    except (OSError, ValueError):
        return {}
