"""One trial of a search, as the study remembers it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from runner.sweep.mean import mean_and_sd

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

KINDS = ("complete", "pruned", "infeasible", "failed", "running", "waiting")
"""What becomes of trials, in words; Optuna calls the third one PRUNED too."""


def inside(run: object) -> str:
    """Return a trial's folder if it is below its search's, else nothing: a study from elsewhere may say anything."""
    path = PurePosixPath(str(run or ""))
    return "" if path.is_absolute() or ".." in path.parts or path == PurePosixPath() else str(path)


@dataclass(frozen=True)
class Row:
    """One trial.

    Attributes:
        number: Of the trial.
        state: As Optuna names it: COMPLETE, PRUNED, FAIL, RUNNING, WAITING.
        values: One per objective, the mean over the seeds; empty where there are none. Of a pruned trial: its last.
        texts: The text of every searched key that is active in it, such as ``{"optimizer.lr": "0.01"}``.
        run: Its folder, relative to the sweep's.
        seconds: That it has trained.
        epochs: That it has trained, of all seeds.
        reason: Why it ended as it did, where there is something to say.
        infeasible: It cannot be run: the memory was not enough.
        per_seed: For each seed that was trained, in order, one value per objective.
        curve: The objective by epoch, as the pruner saw it.
        begun, ended: Local times of the machine that ran it.
        owner: The worker.
        host: The machine.
        overrides: What makes it different from the others, as a command would say it: ``+model.width=8``.
    """

    number: int
    state: str
    values: tuple[float, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    run: str = ""
    seconds: float | None = None
    epochs: int | None = None
    reason: str = ""
    infeasible: bool = False
    per_seed: tuple[tuple[float, ...], ...] = ()
    curve: Mapping[int, float] = field(default_factory=dict)
    begun: datetime | None = None
    ended: datetime | None = None
    owner: str = ""
    host: str = ""
    overrides: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """What became of it, one of ``KINDS``."""
        if self.infeasible and self.is_over:
            return "infeasible"
        return {"FAIL": "failed"}.get(self.state, self.state.lower())

    @property
    def name(self) -> str:
        """Its number; where a trial is trained again to confirm it, that one's number and the seed: ``3-seed7``."""
        return self.run.rpartition("/")[2] or str(self.number)

    @property
    def is_over(self) -> bool:
        return self.state in ("COMPLETE", "PRUNED", "FAIL")

    @property
    def counts(self) -> bool:
        """Whether it may be the best: it was trained to its end, and its values are numbers."""
        return self.kind == "complete" and bool(self.values) and all(map(math.isfinite, self.values))

    def spread(self, objective: int = 0) -> tuple[float | None, int]:
        """Return the standard deviation of an objective over the seeds, and how many there were."""
        values = [seed[objective] for seed in self.per_seed if len(seed) > objective]
        return mean_and_sd(values)[1], len(values) or int(bool(self.values))


def row_of(trial: FrozenTrial) -> Row:
    """Return the row of a trial."""
    said = trial.user_attrs
    overrides = said.get("overrides")
    if overrides is None:  # not begun by one of our workers
        overrides = [f"{name}={value}" for name, value in trial.params.items()]
        texts = {name: str(value) for name, value in trial.params.items()}
    else:
        texts = {text.partition("=")[0].lstrip("+"): text.partition("=")[2] for text in overrides}
    seconds = said.get("seconds")
    if seconds is None and trial.duration is not None:
        seconds = trial.duration.total_seconds()
    return Row(
        number=trial.number,
        state=trial.state.name,
        values=tuple(trial.values or ()),
        texts=texts,
        run=inside(said.get("run")),
        seconds=seconds,
        epochs=said.get("epochs"),
        reason=str(said.get("reason", "")),
        infeasible=bool(said.get("infeasible", False)),
        per_seed=tuple(tuple(values) for values in said.get("per_seed") or ()),
        curve=dict(trial.intermediate_values),
        begun=trial.datetime_start,
        ended=trial.datetime_complete,
        owner=str(said.get("owner", "")),
        host=str(said.get("host", "")),
        overrides=tuple(map(str, overrides)),
    )
