"""The settings of a search: what ``conf/sweep/*.yaml`` and ``sweep.key=value`` say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from runner.types import Count, Positive, Whole


@dataclass
class Settings:
    """How a search goes about it.

    Args:
        sampler: What proposes points: a node with a ``_target_``, built when it is needed.
        pruner: What stops trials early: a node with a ``_target_``; none: nothing does.
        trials: How many there are to be in all, whatever becomes of them; null: all of a grid.
        name: Of the search, and of its folder in ``outputs/``: by it the next command continues this search.
        storage: Where the study is: ``postgresql://...`` or ``sqlite:///...``; null: a file in the search's folder.
        seed: Of the search: of what is proposed, and in which order. Trainings have their own.
        space: What is searched, by key, in the grammar of overrides; the command line's word for a key wins.
        zip: Lists of keys whose values are paired, first with first, instead of combined.
        jobs: Trials at the same time; auto: as many as there are GPUs, or cores.
        seeds: Trainings of each trial, with different seeds; the search looks at their mean.
        confirm: Train the best ``top`` trials again with ``seeds`` seeds, and choose by their mean; null: do not.
        coarse_to_fine: A cheap stage of ``trials`` with a share of the ``epochs`` first; the space is then narrowed to
            where the best of them are, a share ``keep``; null: there is none.
        trial_timeout: A trial that takes longer has failed: seconds, or a text like 10m; null: no limit.
        retries: How often a trial starts again whose worker died without getting any further.
        fail_fast: End the search with the first trial that fails.
        retry_failed: Let trials that failed before wait again, as new ones.
        budget: After this time trials stop resumably and results are written: seconds, or a text like 2h; null: never.
        plan: Only show the trials, and estimate what they will take.
        report: Write ``report.html``.
        threads: CPU threads of each worker.
    """

    sampler: Any
    pruner: Any = None
    trials: Count | None = None
    name: str | None = None
    storage: str | None = None
    seed: Whole = 0
    space: dict[str, str | None] | None = None
    zip: list[list[str]] | None = None
    jobs: Count | Literal["auto"] = "auto"
    seeds: Count = 1
    confirm: dict[str, Count] | None = None
    coarse_to_fine: dict[str, Any] | None = None
    trial_timeout: Positive | str | None = None
    retries: Whole = 3
    fail_fast: bool = False
    retry_failed: bool = False
    budget: Positive | str | None = None
    plan: bool = False
    report: bool = True
    threads: Count = 1
