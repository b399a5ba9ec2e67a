"""The second stage of a search: the best few trials once more, with other seeds, so that luck is not taken for skill.

By the seed that chose them the best trials look better than they are (measured: with a new seed for every trial, more
trials made the choice worse). The other seeds had no part in the choice, so their mean is the honest one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.sweep.order import Work

if TYPE_CHECKING:
    from optuna.trial import Trial

    from runner.sweep.results import Row

MOST = 2**31 - 1
"""The parameters of this stage are whole numbers up to here: which trial, and which seed."""


@dataclass(frozen=True)
class Confirming:
    """The stage: each of its trials is another seed of one of the search's.

    Attributes:
        overrides: Of the trials that are confirmed, by number.
    """

    overrides: Mapping[int, list[str]]

    def work(self, trial: Trial) -> Work:
        """Look up what is to be trained again."""
        number, seed = trial.suggest_int("of", 0, MOST), trial.suggest_int("seed", 0, MOST)
        trial.set_user_attr("of", number)
        trial.set_user_attr("seed", seed)
        return Work([*self.overrides[number], f"seed={seed}"], f"trials/{number}-seed{seed}")


def points(best: Sequence[Row], seeds: Mapping[int, Sequence[int]]) -> list[dict[str, int]]:
    """Return the design: a point for each of the trials with each of its further seeds; a seed is the outer loop.

    Args:
        best: The trials, the best first.
        seeds: By number.
    """
    count = max(map(len, seeds.values()), default=0)
    return [{"of": row.number, "seed": seeds[row.number][index]} for index in range(count) for row in best]
