"""How metrics went: the rows of ``metrics.jsonl``, as curves by epoch."""

from __future__ import annotations

import json
from pathlib import Path

Curve = dict[float, float]
"""A value by epoch; between two epochs a share of one."""


def curves(folder: Path) -> dict[str, Curve]:
    """Return each metric that was measured after epochs, in the order in which they first came.

    What was measured once, in the end, is no curve. A row that was cut off is left out.
    """
    found: dict[str, Curve] = {}
    for row in rows(folder):
        for name, value in row.items():
            if ("/" in name or name == "lr") and not name.startswith("test/") and "train/step_loss" not in row:
                found.setdefault(name, {})[float(row.get("epoch", 0))] = float(value)
    return found


def rows(folder: Path) -> list[dict[str, float]]:
    """Return the record, row by row."""
    try:
        lines = (folder / "metrics.jsonl").read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):  # nothing that a run writes
            continue
        if isinstance(row, dict):
            found.append({key: value for key, value in row.items() if isinstance(value, int | float)})
    return found
