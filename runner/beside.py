"""What a run is given beside its configuration by the search that it is part of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from runner.interrupt import Interrupt
    from runner.resident import Resident
    from runner.sweep.judge import Judge


@dataclass(frozen=True)
class Beside:
    """What is no part of an experiment, is not recorded, and never changes a number.

    Attributes:
        judge: May stop the run after an epoch.
        resident: Data that this process has loaded for other runs.
        without: Callbacks whose work the search does for all its runs: the terminal, tracking.
        interrupt: Notes the signals to this process, and knows those that came before the run; None: the run's own.
    """

    judge: Judge | None = None
    resident: Resident | None = None
    without: tuple[str, ...] = ()
    interrupt: Interrupt | None = None

    def plain(self) -> dict[str, Any]:
        """Return what other processes of the same run need, as plain values: each of them has its own data."""
        return {"judge": self.judge.plain() if self.judge else None, "without": list(self.without)}

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> Self:
        """Return what ``plain`` was asked of."""
        judge = None
        if words["judge"]:
            from runner.sweep.judge import Judge

            judge = Judge.of(words["judge"])
        return cls(judge=judge, without=tuple(words["without"]))
