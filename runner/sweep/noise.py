"""Chance: what the spread over seeds says about whether the best trial is better than the next one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.sweep.results import Results

LEVEL = 0.05
"""Two trials are called different if chance alone would set them this far apart in fewer cases than this."""


EXAMPLE = "sweep.confirm='{top: 3, seeds: 5}'"


@dataclass(frozen=True)
class Verdict:
    """What can be said about the best trial and the runner-up.

    Attributes:
        sentence: In words.
        n: Seeds that both were trained with.
        p: Of the paired test; None where there is none.
        distinct: Whether the best is better by more than chance explains; None if that is not known.
    """

    sentence: str
    n: int = 0
    p: float | None = None
    distinct: bool | None = None


def paired(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return the two-sided p of a paired t test, or None for fewer than two pairs.

    A seed draws the first weights and the order of the samples for both trials, so the differences seed by seed vary
    less than the values do. Assumed: the differences are independent and about normal, which few of them cannot show;
    the seeds did not choose the two trials.

    Source: Student, "The probable error of a mean", Biometrika 6 (1908); on pairing by seed Bouthillier et al.,
    "Accounting for variance in machine learning benchmarks", arXiv 2103.03098.

    Args:
        first, second: Values with the same seeds, in the same order.
    """
    differences = [a - b for a, b in zip(first, second, strict=True)]
    if len(differences) < 2:
        return None
    scale = max(map(abs, [*first, *second]))
    if max(differences) - min(differences) <= 1e-12 * scale:  # no spread at all: t would be 0/0 or infinite
        return 1.0 if max(map(abs, differences)) <= 1e-12 * scale else 0.0
    from scipy.special import stdtr  # Student's distribution; scipy.stats takes four times as long to import

    mean, sd = fmean(differences), stdev(differences)
    return float(2 * stdtr(len(differences) - 1, -abs(mean) / (sd / math.sqrt(len(differences)))))


def judge(results: Results) -> Verdict:
    """Return whether the best trial of a search is distinguishable from the runner-up, in words."""
    if len(results.objectives) > 1:
        count = len(results.front())
        return Verdict(f"several objectives: there is no single best, but a front of {count}" if count else "")
    ranking = results.ranking()
    if len(ranking) < 2:
        return Verdict(f"#{ranking[0].number} is the only trial that was finished" if ranking else "")
    best, second = ranking[:2]
    samples = results.samples(best), results.samples(second)
    return compare(f"#{best.number}", f"#{second.number}", *samples, confirmed=bool(results.again))


def compare(
    best: str, second: str, values: Mapping[int, float], others: Mapping[int, float], *, confirmed: bool = False
) -> Verdict:
    """Return what the seeds that two trials have in common say about them.

    Args:
        best, second: Names of the better one and of the runner-up.
        values, others: Their values, by seed.
        confirmed: Trials were trained again already: then the way out is more seeds.
    """
    seeds = sorted(values.keys() & others.keys())
    a, b = [values[seed] for seed in seeds], [others[seed] for seed in seeds]
    p = paired(a, b)
    if p is None:
        way = f"{'more sweep.confirm.seeds' if confirmed else EXAMPLE} would tell"
        if len(values) == len(others) == len(seeds) == 1:
            unknown = f"one run each: it is not known whether {best} is better than {second} or was luckier"
            known = f"{best} and {second} came out equal, one run each"
        else:
            unknown = f"{best} and {second} have too few seeds in common to know whether one is better"
            known = unknown
        return Verdict(f"{known if a == b else unknown}; {way}", len(seeds))
    test = f"paired t test over {len(seeds)} seeds, {shown(p)}"
    if p < LEVEL:
        return Verdict(f"{best} is better than {second} ({test})", len(seeds), p, True)
    return Verdict(f"{best} cannot be told apart from {second} ({test})", len(seeds), p, False)


def shown(p: float) -> str:
    """Return a probability as it is written after a test."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
