"""Two trainings side by side, for ``runner verify``; not a verb."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.durable import read_json
from runner.recorded import rows

MOST = 12
"""Rows that are shown of the beginning and of the end, if there are many."""


@dataclass(frozen=True)
class Row:
    """A number that both trainings have written down."""

    what: str
    first: float
    second: float

    @property
    def difference(self) -> float:
        """The relative difference."""
        return abs(self.first - self.second) / max(abs(self.first), abs(self.second), 1e-12)


def compared(names: list[str], folders: list[Path], tolerance: float) -> dict[str, Any]:
    """Return the loss of each update, the metrics, and how many rows were evaluated.

    Args:
        names: Of the two, for people.
        folders: Of the two runs.
        tolerance: Largest relative difference of two losses.
    """
    first, second = (numbers(folder) for folder in folders)
    both = [Row(key, first[key], second[key]) for key in first if key in second]
    counts = [read_json(folder / "evaluated.json") for folder in folders]
    worst = max(row.difference for row in both if row.what.endswith("loss"))
    whole = first.keys() == second.keys()
    return {
        "names": names,
        "rows": [{**vars(row), "difference": row.difference} for row in both],
        "evaluated": counts,
        "largest_difference": worst,
        "tolerance": tolerance,
        "proven": whole and worst <= tolerance and counts[0] == counts[1],
        "notes": [] if whole else ["one of them has written down more than the other"],
    }


def numbers(folder: Path) -> dict[str, float]:
    """Return every metric in a run's record, by a name of its own."""
    found = {}
    for row in rows(folder):
        for key, value in row.items():
            if key == "train/step_loss":
                found[f"update {row['step']} train/loss"] = value
            elif "/" in key:
                found[f"epoch {row['epoch']} {key}"] = value
    return found


def same_bits(folders: list[Path]) -> str | None:
    """Compare weights and optimizer of two last checkpoints; return the name of the first part that differs."""
    import torch

    from runner.recorded import flat
    from runner.statefile import load

    states = [load(folder / "checkpoints" / "last.pt") for folder in folders]
    first, second = ({**flat(state["model"]), **flat(state["optimizer"])} for state in states)
    for name, value in first.items():
        other = second.get(name)
        if isinstance(value, torch.Tensor) and isinstance(other, torch.Tensor):
            same = torch.equal(value, other)
        else:
            same = value == other
        if not same:
            return str(name)
    return None


def lines(found: dict[str, Any]) -> list[str]:
    """Return the comparison as text: of many rows the first and the last."""
    told, names = found["rows"], found["names"]
    text = [f"{'':<26}{names[0]:>18}{names[1]:>20}  difference"]
    for row in told if len(told) <= 2 * MOST else [*told[:MOST], None, *told[-MOST:]]:
        if row is None:
            text.append("...")
        else:
            text.append(f"{row['what']:<26}{row['first']:>18.7f}{row['second']:>20.7f}  {row['difference']:.1e}")
    first, second = found["evaluated"]
    text += [f"{f'rows evaluated, {part}':<26}{first[part]:>18,}{second[part]:>20,}" for part in first]
    worst = f"largest relative difference of a loss {found['largest_difference']:.1e}, allowed {found['tolerance']:g}"
    return [*text, "", *found["notes"], worst, "proven" if found["proven"] else "NOT proven: they differ"]
