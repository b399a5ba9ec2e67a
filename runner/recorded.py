"""What a run wrote down about its configuration, as plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def config(folder: Path) -> dict[str, Any]:
    """Return a run's recorded configuration."""
    loaded: dict[str, Any] = _read(folder / "config.yaml")
    return loaded


def overrides(folder: Path) -> list[str]:
    """Return what was typed for a run; a run that was killed early may not have noted it."""
    path = folder / "overrides.yaml"
    return list(_read(path) or []) if path.exists() else []


def _read(path: Path) -> Any:
    import yaml

    return yaml.safe_load(path.read_text(encoding="utf-8"))


def flat(node: Any, path: str = "") -> dict[str, Any]:
    """Return a nested mapping as one of dotted keys; lists and empty mappings stay whole."""
    if not isinstance(node, dict) or not node:
        return {path: node} if path else {}
    return {k: v for key, value in node.items() for k, v in flat(value, f"{path}.{key}" if path else str(key)).items()}
