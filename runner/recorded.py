"""What a run wrote down about its configuration and about how it went, as plain values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from runner.folder import OUTPUTS, is_live, read_json


def config(folder: Path) -> dict[str, Any]:
    """Return a run's recorded configuration."""
    loaded: dict[str, Any] = _read(folder / "config.yaml")
    return loaded


def overrides(folder: Path) -> list[str]:
    """Return what was typed for a run; a run that was killed early may not have noted it."""
    path = folder / "overrides.yaml"
    return list(_read(path) or []) if path.exists() else []


def describe(path: Path) -> dict[str, Any]:
    """Return what is known of a run; one without a summary is running, or was killed."""
    summary = reached(path) | read_json(path / "summary.json")
    live = is_live(path)
    root = OUTPUTS.resolve()
    return {
        "run": str(path.relative_to(root)) if path.is_relative_to(root) else str(path),
        "status": "running" if live else summary.get("status", "interrupted"),
        "objective": summary.get("objective"),
        "value": summary.get("value"),
        "epochs": summary.get("epochs", 0),
        "steps": summary.get("steps", 0),
        "seconds": summary.get("seconds", {}).get("total"),
        "overrides": overrides(path),
        "folder": str(path),
    }


def reached(path: Path) -> dict[str, Any]:
    """Return how far a run has come, from the last row of its record: one that was killed has no summary."""
    try:
        rows = (path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        last = json.loads(rows[-1])
    except (OSError, IndexError, ValueError):
        return {}
    return {"epochs": last.get("epoch", 0), "steps": last.get("step", 0)}


def _read(path: Path) -> Any:
    import yaml

    return yaml.safe_load(path.read_text(encoding="utf-8"))


def flat(node: Any, path: str = "") -> dict[str, Any]:
    """Return a nested mapping as one of dotted keys; lists and empty mappings stay whole."""
    if not isinstance(node, dict) or not node:
        return {path: node} if path else {}
    return {k: v for key, value in node.items() for k, v in flat(value, f"{path}.{key}" if path else str(key)).items()}
