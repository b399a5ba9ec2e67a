"""Two runs of the same thing: every number that was written down, and the weights."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from runner.durable import read_json
from runner.gate.baseline import Tolerance
from runner.recorded import rows

WEIGHTS = ("best", "last")
MEASURED_ON_THE_WAY = ("train/step_loss", "lr")
"""Of single updates: a tolerance is for what epochs and the end came to."""


@dataclass(frozen=True)
class Pair:
    """A number that both were to write down; None: one of them has not."""

    what: str
    then: float | None
    now: float | None

    @property
    def same(self) -> bool:
        """Whether they are the same bits, or both are NaN."""
        return self.then == self.now or (self.then != self.then and self.now != self.now)

    @property
    def difference(self) -> float:
        """The relative difference; infinite if one is missing or is no number."""
        if self.same:
            return 0.0
        if self.then is None or self.now is None:
            return float("inf")
        size = abs(self.then - self.now) / max(abs(self.then), abs(self.now))
        return size if size == size else float("inf")

    def within(self, tolerance: Tolerance) -> bool:
        """Tell whether they differ by no more than is allowed."""
        if self.same:
            return True
        if self.then is None or self.now is None:
            return False
        return abs(self.then - self.now) <= tolerance.slack(self.then)

    def __str__(self) -> str:
        then, now = ("nothing" if value is None else repr(value) for value in (self.then, self.now))
        return f"{self.what}: {then} then, {now} now"


@dataclass(frozen=True)
class Compared:
    """How two runs compare.

    Attributes:
        pairs: All numbers, in the order in which they were written.
        weights: For each file of weights that both have: its sha256 then and now.
        unkept: Files of weights that are not there any more, or never were.
    """

    pairs: list[Pair]
    weights: dict[str, tuple[str, str]] = field(default_factory=dict)
    unkept: list[str] = field(default_factory=list)

    @property
    def differing(self) -> list[Pair]:
        return [pair for pair in self.pairs if not pair.same]

    @property
    def other_weights(self) -> list[str]:
        return [name for name, (then, now) in self.weights.items() if then != now]

    @property
    def bits(self) -> bool:
        """Whether nothing differs."""
        return not self.differing and not self.other_weights

    def within(self, tolerance: Tolerance) -> bool:
        """Tell whether what the epochs and the end came to differs by no more than is allowed."""
        return all(pair.within(tolerance) for pair in self.pairs if not pair.what.startswith(MEASURED_ON_THE_WAY))


def compare(first: Path, second: Path) -> Compared:
    """Return how two runs' folders compare."""
    then, now = numbers(first), numbers(second)
    pairs = [Pair(name, then.get(name), now.get(name)) for name in {**then, **now}]
    first_weights, second_weights = digests(first), digests(second)
    both = [name for name in WEIGHTS if name in first_weights and name in second_weights]
    weights = {name: (first_weights[name], second_weights[name]) for name in both}
    return Compared(pairs, weights, [f"{name}.pt" for name in WEIGHTS if name not in both])


def digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of the weights in each file of a run that is still there.

    Raises:
        ValueError: One is damaged.
    """
    paths = {name: folder / "checkpoints" / f"{name}.pt" for name in WEIGHTS}
    return {name: digest(path) for name, path in paths.items() if path.is_file()}


def numbers(folder: Path) -> dict[str, float]:
    """Return every number of a run that is the same each time: not how long it took, nor what the machine did."""
    found: dict[str, float] = {}
    for row in rows(folder):
        for name, value in row.items():
            if (name == "lr" or "/" in name) and not name.startswith("monitor/") and isinstance(value, int | float):
                found[f"{name} at update {row['step']}"] = value
    summary = read_json(folder / "summary.json")
    final = (summary.get("metrics") or {}).get("final") or {}
    found |= {f"final {name}": value for name, value in final.items()}
    found |= {name: summary[name] for name in ("best_epoch", "epochs", "steps") if summary.get(name) is not None}
    return found


def digest(path: Path) -> str:
    """Return the sha256 over the names, shapes, types and bytes of a checkpoint's weights.

    Raises:
        ValueError: The file is damaged.
    """
    import torch

    from runner.statefile import load

    total = hashlib.sha256()
    for name, value in sorted(load(path)["model"].items()):
        if isinstance(value, torch.Tensor):
            total.update(f"{name} {tuple(value.shape)} {value.dtype} ".encode())
            total.update(value.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data)
        else:
            total.update(f"{name} {value!r} ".encode())
    return total.hexdigest()
