"""What every searcher that is compared has in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.sweep_quality.search import Proposer
from benchmarks.sweep_quality.task import Task


@dataclass(frozen=True)
class Searcher:
    """Someone who searches.

    Attributes:
        name: For the tables.
        propose: (task, number of trials, seed) -> what chooses.
        trials: At most.
        dear: So much CPU that half the seeds have to do.
        choice: Of ``sweep=``; nothing for those who are not ours.
    """

    name: str
    propose: Callable[[Task, int, int], Proposer]
    trials: int = 100
    dear: bool = False
    choice: str = ""
