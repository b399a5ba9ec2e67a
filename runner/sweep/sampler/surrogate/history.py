"""What a study's trials tell a model: points with values, and points whose value is not known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING

import numpy as np

from runner.sweep.sampler.surrogate.axis import Array

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from runner.sweep.sampler.surrogate.encode import Encoder


@dataclass(frozen=True)
class History:
    """Trials as arrays.

    Attributes:
        units: A row for each trial that has a value.
        scores: Their values: more is better.
        pending: A row for each trial without one: it runs, waits, or failed.
    """

    units: Array
    scores: Array
    pending: Array


def read_history(trials: Iterable[FrozenTrial], encoder: Encoder, maximize: bool) -> History:
    """Return what trials tell.

    A pruned trial counts with its last value; an infeasible one, or one that was pruned before its first value, with
    the worst that was seen. Infinite values are the best or the worst finite one.

    Args:
        trials: Without the one that is being proposed.
        encoder: Of the space; trials that do not fit it, or have not all their parameters yet, are left out.
        maximize: More is better.
    """
    units: list[Array] = []
    scores: list[float] = []
    pending: list[Array] = []
    for trial in trials:
        row = encoder.row(trial.params) if trial.params else None
        if row is None:
            continue
        if trial.state.name in ("COMPLETE", "PRUNED"):
            units.append(row)
            scores.append(_value(trial) * (1 if maximize else -1))
        else:
            pending.append(row)
    width = len(encoder.axes)
    return History(
        np.reshape(units, (-1, width)).astype(float),
        _finite(np.asarray(scores, dtype=float)),
        np.reshape(pending, (-1, width)).astype(float),
    )


def _value(trial: FrozenTrial) -> float:
    """Return a trial's value, or nan where only the worst can stand for it."""
    if any(violation > 0 for violation in trial.constraints.values()):
        return nan
    if trial.state.name == "COMPLETE":
        return float(trial.values[0])
    return trial.intermediate_values[max(trial.intermediate_values)] if trial.intermediate_values else nan


def _finite(scores: Array) -> Array:
    """Return scores with the best and the worst finite one in the place of what is not finite."""
    known = [score for score in scores if isfinite(score)] or [0.0]
    return np.nan_to_num(scores, nan=min(known), posinf=max(known), neginf=min(known))
