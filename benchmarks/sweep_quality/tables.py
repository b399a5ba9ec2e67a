"""The tables of the benchmark: regret, trials to the level of random search, trials in flight, pruning, targets."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from statistics import median

from benchmarks.report import Table
from benchmarks.sweep_quality.bench import EQUAL, Bench, places, quartiles, reach, saved
from benchmarks.sweep_quality.line_up import ALL, FLYING, PRUNED, PRUNERS
from benchmarks.sweep_quality.promises import promises
from benchmarks.sweep_quality.rows import Rows
from benchmarks.sweep_quality.task import EPOCHS, LOGREG, TASKS, Task

SIZES = (25, 50, 100)


def tables(rounds: int, rows: Rows | None = None) -> Iterator[Table]:
    """Yield the tables.

    Args:
        rounds: Seeds of the searchers that are dear; the others have twice as many.
        rows: Does the searches; kept in ``outputs/`` unless told.
    """
    bench = Bench(rows or Rows(), rounds)
    yield published(bench)
    for task in TASKS.values():
        yield regrets(bench, task)
    yield flights(bench)
    yield pruning(bench)
    yield promises(bench)


def published(bench: Bench) -> Table:
    """Best AUC of logistic regression, as in the table that was published."""
    best = max(surface.optimum for surface in LOGREG.surfaces())
    table = Table(
        "Quality of search: logistic regression, best AUC",
        "Learning rate and what an epoch leaves of it, against the area under the ROC curve; median of the best found "
        f"after so many trials. The best of all points is {best:.4f}. Published (Angel, automatic tuning of the same "
        "two numbers on other data): random 0.926, grid 0.924, Gaussian process 0.933.",
        ["searcher", "seeds", *(f"{size} trials" for size in SIZES)],
    )
    for who in ALL:
        cells = []
        for size in SIZES:
            if size > who.trials:
                continue
            missed = bench.regret(LOGREG, who, size)
            optima = [LOGREG.surfaces()[seed % LOGREG.seeds].optimum for seed in range(len(missed))]
            cells.append(f"{median(top - lost for top, lost in zip(optima, missed, strict=True)):.4f}")
        table.add(who.name, len(missed), *cells)
    return table


def regrets(bench: Bench, task: Task) -> Table:
    """Simple regret, and how soon the level of random search is reached."""
    level = bench.level(task)
    table = Table(
        f"Quality of search: {task.title}, regret",
        "What the best found lacks to the best that there is: median [quartiles] after so many trials, in "
        f"{'AUC' if task is LOGREG else 'accuracy'}. k: median number of trials to random search's median after 100 "
        f"({level:.{places(task)}f}), and how many seeds came there. One trial at a time.",
        ["searcher", "seeds", *(f"{size} trials" for size in SIZES), "k", "ms CPU/trial"],
    )
    for who in ALL:
        whole = bench.of(task, who)
        sizes = [size for size in SIZES if size <= who.trials]
        cells = [quartiles(bench.regret(task, who, size), places(task)) for size in sizes]
        cells += [""] * (len(SIZES) - len(cells))
        table.add(who.name, len(whole), *cells, reach(whole, level), f"{median(row.cpu for row in whole):.1f}")
    return table


def flights(bench: Bench) -> Table:
    """Four trials in flight instead of one."""
    table = Table(
        "Quality of search: four trials in flight",
        "They end in random order, and the next is proposed while three are running. k as above, for one and for four "
        "in flight over the same seeds; regret as above.",
        ["task, searcher", "seeds", "k, 1", "k, 4", "more trials", "25 trials, 1", "25 trials, 4", "50, 1", "50, 4"],
    )
    for task in TASKS.values():
        level = bench.level(task)
        for who in FLYING:
            one, four = bench.flown(task, who)
            both = [median(row.reached(level) for row in rows) for rows in (one, four)]
            more = f"{both[1] - both[0]:+g}" if all(map(isfinite, both)) else ""
            regret = [
                quartiles([row.at(size) for row in rows], places(task)) for size in SIZES[:2] for rows in (one, four)
            ]
            name = f"{task.title}, {who.name}"
            table.add(name, len(four), reach(one, level), reach(four, level), more, *regret)
    return table


def pruning(bench: Bench) -> Table:
    """Epochs that pruning saves, and what it costs."""
    table = Table(
        "Quality of search: pruning",
        f"100 trials of {EPOCHS} epochs, one at a time. Regret of the best whole trial: after 100 trials, and after "
        f"the epochs of 25 whole trials ({EQUAL}), with the number of trials that were begun in them.",
        [
            "task, searcher",
            "pruner",
            "seeds",
            "epochs saved",
            "after 100 trials",
            f"after {EQUAL} epochs",
            "trials",
        ],
    )
    for task in TASKS.values():
        for who in PRUNED:
            for name in PRUNERS:
                rows = bench.of(task, who, prune=name)
                equal = [row.within(EQUAL) for row in rows]
                table.add(
                    f"{task.title}, {who.name}",
                    name,
                    len(rows),
                    f"{100 * median(saved(row) for row in rows):.0f} %",
                    quartiles([row.at(100) for row in rows], places(task)),
                    quartiles([regret for regret, _ in equal], places(task)),
                    f"{median(trials for _, trials in equal):g}",
                )
    return table
