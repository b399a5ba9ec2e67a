"""The searches that the tables are made of, and what is read off them."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite
from statistics import median

import numpy

from benchmarks.sweep_quality.line_up import GRID, RANDOM
from benchmarks.sweep_quality.rows import Row, Rows
from benchmarks.sweep_quality.searcher import Searcher
from benchmarks.sweep_quality.task import EPOCHS, Task

EQUAL = 25 * EPOCHS
"""Epochs at which pruning is compared: those of 25 whole trials."""


class Bench:
    """Asks for rows, always for the same seeds.

    Args:
        rows: Does the searches.
        seeds: Of the searchers that are dear; the others have twice as many.
    """

    def __init__(self, rows: Rows, seeds: int) -> None:
        self.rows, self.seeds = rows, seeds

    def of(self, task: Task, who: Searcher, flying: int = 1, prune: str = "none", trials: int = 100) -> list[Row]:
        """Return the rows of a searcher on a task."""
        count = self.seeds * (1 if who.dear or flying > 1 else 2)
        return self.rows.of(task, who, min(trials, who.trials), range(count), flying, prune)

    def level(self, task: Task) -> float:
        """Return the median regret of random search after 100 trials."""
        return median(row.at(100) for row in self.of(task, RANDOM))

    def regret(self, task: Task, who: Searcher, size: int) -> list[float]:
        """Return the regrets after so many trials: for a grid, of the grid of that size."""
        rows = self.of(task, who, trials=size if who is GRID else 100)
        return [row.at(size) for row in rows]

    def flown(self, task: Task, who: Searcher) -> tuple[list[Row], list[Row]]:
        """Return the rows of the same seeds with one trial in flight and with four."""
        four = self.of(task, who, flying=4, trials=50 if who.dear else 100)
        return self.of(task, who)[: len(four)], four


def saved(row: Row) -> float:
    """Return the share of epochs that were not trained."""
    return 1 - sum(row.epochs) / (EPOCHS * len(row.epochs))


def places(task: Task) -> int:
    """Return how many decimals tell scores of a task apart."""
    return 5 if task.scale > 10_000 else 4


def quartiles(values: Sequence[float], digits: int = 4) -> str:
    """Return "median [lower upper]"; a search in which everything was pruned lacks all."""
    low, middle, high = numpy.quantile([min(value, 1.0) for value in values], [0.25, 0.5, 0.75])
    return f"{middle:.{digits}f} [{low:.{digits}f} {high:.{digits}f}]"


def reach(rows: Sequence[Row], level: float) -> str:
    """Return the median number of trials to a regret, and how many seeds came to it."""
    firsts = [row.reached(level) for row in rows]
    middle = median(firsts)
    came = sum(first < inf for first in firsts)
    trials = f"{middle:g}" if isfinite(middle) else f">{max(len(row.regrets) for row in rows)}"
    return f"{trials} ({came}/{len(rows)})"
