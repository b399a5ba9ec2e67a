"""What went wrong in a run and was dealt with: part of its checkpoints, its metrics and its summary."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Faults:
    """A run that meets none has empty ones.

    Attributes:
        skipped: Batches that were left out, because their loss or gradient was not finite.
        in_a_row: How many of them came last, with nothing between them.
        rewinds: When the run went back to its last checkpoint: step and epoch at which it was found, and why.
        splits: When a batch took too much memory: its samples, and the micro-batches that did fit.
    """

    skipped: int = 0
    in_a_row: int = 0
    rewinds: list[dict[str, Any]] = field(default_factory=list)
    splits: list[dict[str, int]] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Return what there was, for the summary: nothing if there was nothing."""
        found = {"skipped_batches": self.skipped, "rewinds": self.rewinds, "splits": self.splits}
        return {name: value for name, value in found.items() if value}

    def state_dict(self) -> dict[str, Any]:
        """Return everything as plain values; nothing if there is nothing."""
        return asdict(self) if self != Faults() else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what ``state_dict`` returned; what it does not name is empty."""
        vars(self).update(vars(Faults(**state)))
