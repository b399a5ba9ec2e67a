"""How metrics went: the rows of ``metrics.jsonl``, as curves by epoch."""

from __future__ import annotations

from pathlib import Path

from runner.recorded import rows

Curve = dict[float, float]
"""A value by epoch; between two epochs a share of one."""


def curves(folder: Path) -> dict[str, Curve]:
    """Return each metric that was measured after epochs, in the order in which they first came.

    What was measured once, in the end, is no curve. A row that was cut off is left out.
    """
    found: dict[str, Curve] = {}
    for row in rows(folder):
        for name, value in row.items():
            named = ("/" in name or name == "lr") and not name.startswith("test/") and "train/step_loss" not in row
            if named and isinstance(value, int | float):
                found.setdefault(name, {})[float(row.get("epoch", 0))] = float(value)
    return found
