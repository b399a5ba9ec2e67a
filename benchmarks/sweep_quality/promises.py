"""What the search promises, held against what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.report import Table
from benchmarks.sweep_quality.bench import EQUAL, Bench, saved
from benchmarks.sweep_quality.line_up import BAYES, FOREST, GP, GRID, MODELS, RANDOM
from benchmarks.sweep_quality.searcher import Searcher
from benchmarks.sweep_quality.task import DIGITS, LOGREG, TASKS, Task

SHARE = 0.8
"""Of the seeds that have to come to random search's level."""


def promises(bench: Bench) -> Table:
    """Return the table of promises."""
    table = Table(
        "Quality of search: what was promised",
        "Medians over the seeds of the tables above. Level: the median of random search after 100 trials.",
        ["promise", "task", "limit", "measured", "kept"],
    )
    for promise, task, limit, measured, kept in (*trials(bench), *regret(bench), *pruned(bench), *cost(bench)):
        table.add(promise, task.title, limit, measured, "yes" if kept else "no")
    return table


Promise = tuple[str, Task, str, str, bool]


def trials(bench: Bench) -> Iterator[Promise]:
    """Trials to the level of random search."""
    for who, limit in ((BAYES, 30), (GP, 25)):
        for task in TASKS.values():
            firsts = [row.reached(bench.level(task)) for row in bench.of(task, who)]
            came = sum(first <= 100 for first in firsts)
            found = f"{median(firsts):g}, {came} of {len(firsts)} seeds"
            kept = median(firsts) <= limit and came >= SHARE * len(firsts)
            yield f"{who.name}: trials to the level", task, f"<= {limit}, 80 % of seeds", found, kept
    for who in (BAYES, GP):
        for task in TASKS.values():
            one, four = bench.flown(task, who)
            level = bench.level(task)
            more = median(row.reached(level) for row in four) - median(row.reached(level) for row in one)
            yield f"{who.name}, four in flight: more trials to the level", task, "<= 8", f"{more:+g}", more <= 8


def regret(bench: Bench) -> Iterator[Promise]:
    """Regret after a number of trials."""
    late = {who.name: median(bench.regret(LOGREG, who, 100)) for who in (RANDOM, GRID)}
    early = median(bench.regret(LOGREG, GP, 25))
    for name, limit in late.items():
        yield f"gp, 25 trials: no worse than {name}, 100", LOGREG, f"<= {limit:.5f}", f"{early:.5f}", early <= limit
    by_name = {who.name: who for who in MODELS}
    for name, bound in (("gp, ei", 2e-4), ("gp, ucb", 2e-4), ("gp, pi", 5e-4)):
        found = median(bench.regret(LOGREG, by_name[name], 25))
        yield f"{name}: regret, 25 trials", LOGREG, f"<= {bound:.4f}", f"{found:.5f}", found <= bound
    bound = 1.2 * median(bench.regret(LOGREG, RANDOM, 50))
    for who in MODELS:
        if who.name.startswith("forest"):
            found = median(bench.regret(LOGREG, who, 50))
            yield f"{who.name}: 1.2 of random, 50 trials", LOGREG, f"<= {bound:.5f}", f"{found:.5f}", found <= bound
    found = median(bench.regret(DIGITS, FOREST, 50))
    yield "forest: regret, 50 trials", DIGITS, "<= 0.0100", f"{found:.4f}", found <= 0.01
    first = median(row.reached(bench.level(DIGITS)) for row in bench.of(DIGITS, FOREST))
    yield "forest: trials to the level", DIGITS, "<= 30", f"{first:g}", first <= 30


def pruned(bench: Bench) -> Iterator[Promise]:
    """Pruning by ASHA, the default."""
    for who, share, worse in ((BAYES, 0.5, 0.003), (RANDOM, 0.65, 0.0)):
        for task in TASKS.values():
            rows, whole = (bench.of(task, who, prune=name) for name in ("asha", "none"))
            less = median(map(saved, rows))
            yield f"{who.name}, asha: epochs saved", task, f">= {share:.0%}", f"{less:.0%}", less >= share
            mine, base = (median(row.at(100) for row in some) for some in (rows, whole))
            limit = base + worse
            yield f"{who.name}, asha: regret, 100 trials", task, f"<= {limit:.5f}", f"{mine:.5f}", mine <= limit
            mine, base = (median(row.within(EQUAL)[0] for row in some) for some in (rows, whole))
            yield f"{who.name}, asha: regret, equal epochs", task, f"<= {base:.5f}", f"{mine:.5f}", mine <= base


def cost(bench: Bench) -> Iterator[Promise]:
    """CPU time of the searcher itself."""
    limits: tuple[tuple[Searcher, int], ...] = ((GRID, 3), (RANDOM, 3), (BAYES, 10), (GP, 100), (FOREST, 60))
    for who, limit in limits:
        for task in TASKS.values():
            spent = median(row.cpu for row in bench.of(task, who))
            yield f"{who.name}: ms of CPU a trial, 100 trials", task, f"<= {limit}", f"{spent:.1f}", spent <= limit
