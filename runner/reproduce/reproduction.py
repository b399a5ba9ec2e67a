"""A run held against itself, trained anew: the whole of ``runner reproduce`` but for its words."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.beside import Beside
from runner.check.reason import reason_of
from runner.durable import write_json
from runner.folder import identity
from runner.gate.baseline import Tolerance
from runner.past import earlier
from runner.reproduce.again import checked, other_data, trained
from runner.reproduce.outcome import Compared, compare, digests
from runner.reproduce.then import SHORT, Difference, same_code
from runner.resident import Resident

if TYPE_CHECKING:
    from omegaconf import DictConfig


class Reproduction:
    """One run, trained once more: ``look``, then ``train`` if that is not pointless.

    Args:
        folder: Of the run.
        cfg: To train with.
        then: The run's ``environment.json``.
        tolerance: Of metrics; None: the same bits are wanted.
    """

    def __init__(self, folder: Path, cfg: DictConfig, then: dict[str, Any], tolerance: Tolerance | None) -> None:
        self.folder, self.cfg, self.then, self.tolerance = folder, cfg, then, tolerance
        self.beside = Beside(resident=Resident())
        self.differences: list[Difference] = []
        self.data: Difference | None = None
        self.new: Path | None = None
        self.compared: Compared | None = None
        self.error = ""
        self.code = 0
        """The exit code: 0 the same so far, 1 different, 2 not possible."""

    def look(self) -> None:
        """Find out what differs before anything is trained: code, packages, machine, and the data, which it loads."""
        self.differences = checked(self.cfg, self.then)
        try:
            digests(self.folder)
        except ValueError as error:
            self.error, self.code = str(error), 2
            return
        try:
            self.data = other_data(self.cfg, self.then, self.beside)
        except Exception as error:  # a dataset may be anybody's code, and its files may be gone
            self.error, self.code = f"the data cannot be loaded: {reason_of(error)}", 2
            return
        self.code = 1 if self.data is not None or self.differences else 0

    @property
    def open(self) -> bool:
        """Whether training may still tell something."""
        return not self.error and self.data is None

    def warnings(self) -> list[str]:
        """Return what differs, a sentence each, to be told before it is trained all the same."""
        parts = sum(not same_code(part, self.then) for part in earlier(self.folder))
        note = [f"{parts} of the processes that made this run before its last one had other code"] if parts else []
        return [*note, *map(str, self.differences)]

    def train(self) -> None:
        """Train in a new folder, and compare."""
        try:
            self.new = trained(self.cfg, self.folder, self.beside)
        except Exception as error:
            where = os.path.relpath(error.__notes__[-1]) if getattr(error, "__notes__", None) else ""
            log = f"\n  --> {where}/log.txt" if where else ""
            self.error, self.code = f"the training failed: {reason_of(error)}{log}", 1
            return
        self.compared = compare(self.folder, self.new)
        self.code = 0 if self.same else 1
        write_json(self.new / "reproduction.json", self.plain())

    @property
    def same(self) -> bool:
        """Whether it came out as it was to; before it is trained, whether nothing differs."""
        if self.compared is None:
            return self.code == 0
        return self.compared.bits or (self.tolerance is not None and self.compared.within(self.tolerance))

    def lines(self) -> list[str]:
        """Return the verdict for people, if there is no error."""
        if self.data is not None:
            known = [f"  and {difference}" for difference in self.differences]
            return [f"different: {self.data}", *known, "Nothing was trained: other data give another result."]
        if self.compared is None:
            known = [f"  {warning}" for warning in self.warnings()]
            return ["different:" if self.differences else "code, packages, machine and data are the same", *known]
        assert self.new is not None
        return [*verdict(self.compared, self.same, self.differences), f"     files  {os.path.relpath(self.new)}/"]

    def plain(self) -> dict[str, Any]:
        """Return the verdict as plain values, fit for JSON."""
        compared = self.compared
        differing = [] if compared is None else compared.differing
        worst = max((pair.difference for pair in differing), default=0.0)
        return {
            "run": identity(self.folder),
            "reproduction": None if self.new is None else identity(self.new),
            "same": self.same,
            "bits": compared is not None and compared.bits,
            "tolerance": None if self.tolerance is None else self.tolerance.text,
            "error": self.error or None,
            "differences": [vars(one) for one in [*([self.data] if self.data else []), *self.differences]],
            "numbers": 0 if compared is None else len(compared.pairs),
            "differing": [{name: _finite(value) for name, value in vars(pair).items()} for pair in differing],
            "largest_difference": _finite(worst),
            "weights": {} if compared is None else compared.weights,
        }


def verdict(compared: Compared, same: bool, differences: list[Difference]) -> list[str]:
    """Return how two runs compare, in a few lines."""
    kept = ", ".join(f"{name}.pt {now[:SHORT]}" for name, (_, now) in compared.weights.items())
    missing = [f"  not compared: {', '.join(compared.unkept)}, which not both have"] if compared.unkept else []
    if compared.bits:
        weights = f" and the weights: sha256 of {kept}" if kept else ""
        return [f"the same bits: {len(compared.pairs)} numbers{weights}", *missing]
    differing = compared.differing
    what = [f"{len(differing)} of {len(compared.pairs)} numbers"] if differing else []
    what += [f"the weights in {', '.join(f'{name}.pt' for name in compared.other_weights)}"] * bool(
        compared.other_weights
    )
    lines = [f"{'the same within the tolerance, not to the bit' if same else 'different'}: {' and '.join(what)}"]
    if differing:
        worst = max(differing, key=lambda pair: pair.difference)
        lines += [f"  first    {differing[0]}", f"  largest  {worst} (relative {worst.difference:.1e})"]
    causes = [f"  perhaps because of {difference}" for difference in differences]
    if not causes:
        way_out = "hardware.deterministic=true refuses operations that vary"
        causes = [f"  nothing that was recorded is different: the cause was not written down; {way_out}"]
    return [*lines, *missing, *causes]


def _finite(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
