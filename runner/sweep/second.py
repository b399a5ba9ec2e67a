"""How the second stage of a search stands, which trains its best trials again: what it has found, and what is left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optuna.study import Study

WANTED = "wanted"
"""What the stage's study remembers: the numbers of the ``trials`` that are confirmed, and with how many ``seeds``."""


@dataclass(frozen=True)
class Second:
    """How it stands.

    Attributes:
        seeds: With which each of the trials is to be trained again; 0: as many as most of them have.
        decides: Whether the trials were trained with all of them, and it may be told which is the best.
        left: Trainings that are not over; None: it has not begun.
        failed: A sentence for each training that failed, and was not tried again.
    """

    seeds: int = 0
    decides: bool = True
    left: int | None = None
    failed: tuple[str, ...] = ()


def read_second(study: Study) -> tuple[dict[int, dict[int, float]], Second]:
    """Return what the stage has found, trial -> seed -> value of the first objective, and how it stands.

    A training that diverged is over, and its trial is not confirmed. One that failed says nothing about its trial, so
    the stage decides nothing before it was done again.
    """
    again: dict[int, dict[int, float]] = {}
    valid: set[tuple[int, int]] = set()
    failed: dict[tuple[int, int], str] = {}
    trials = study.get_trials(deepcopy=False)
    retried = {trial.user_attrs.get("retry_of") for trial in trials}
    for trial in trials:
        of, seed, state = trial.user_attrs.get("of"), trial.user_attrs.get("seed"), trial.state.name
        if of is None or seed is None:
            continue
        if state == "COMPLETE" and math.isfinite(trial.values[0]):
            again.setdefault(int(of), {})[int(seed)] = trial.values[0]
        if state in ("COMPLETE", "PRUNED"):
            valid.add((int(of), int(seed)))
        if state == "FAIL" and trial.number not in retried:
            reason = trial.user_attrs.get("reason", "")
            failed[int(of), int(seed)] = f"trial #{of} could not be confirmed with seed {seed}: {reason}"
    wanted = study.user_attrs.get(WANTED)
    told = tuple(sentence for key, sentence in failed.items() if key not in valid)
    if wanted is None:
        return again, Second(failed=told)
    seeds, numbers = int(wanted["seeds"]), [int(number) for number in wanted["trials"]]
    done = {number: [of for of, _ in valid].count(number) for number in numbers}
    ended = {number: [of for of, _ in valid | failed.keys()].count(number) for number in numbers}
    left = sum(max(0, seeds - count) for count in ended.values())
    return again, Second(seeds, all(count >= seeds for count in done.values()), left, told)
