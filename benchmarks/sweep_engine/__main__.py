"""``python -m benchmarks.sweep_engine [--rounds N] [--peers FOLDER] [--ray] [--quick] [--write]``"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.report import Table, machine, write
from benchmarks.sweep_engine.engines import PACKAGES, PARTS, PEERS, RAY, Engine, hydra, ours, peers, ray
from benchmarks.sweep_engine.measure import Spent

FEW, MANY = 30, 90
"""Trials of the two runs whose difference tells what one costs; what comes once, also that after the first ten, is in
both of them."""
UNEQUAL, LONG = 16, 4
"""Trials of which every second one takes so many seconds, the others none."""
EQUAL, EACH = 12, 2
"""Trials that take so many seconds each."""


def costs(engines: Sequence[Engine | str], rounds: int, few: int, many: int) -> Table:
    """Measure trials that do nothing."""
    table = Table(
        "Sweep: cost of a trial that does nothing",
        f"Processor time of all processes: the difference between searches of {few} and of {many} trials, over "
        f"{many - few}; the time of a whole search of {(few + many) // 2} trials, start and results included, is the "
        f"mean of the two. Both are medians of {rounds} rounds, in which the engines take turns. Of parts and values "
        "six configurations have to be composed. All read the same configuration files.",
        ["engine", "CPU, ms a trial", "wall, ms a trial", f"{(few + many) // 2} trials, s", "× ours of its kind"],
    )
    found: dict[str, list[tuple[Spent, Spent]]] = {}
    for _ in range(rounds):
        for engine in engines:
            if isinstance(engine, Engine):
                pair = engine.run(min(few, engine.trials // 2)), engine.run(min(many, engine.trials))
                found.setdefault(engine.name, []).append(pair)
    base: dict[str, float] = {}
    for engine in engines:
        if isinstance(engine, str):
            table.add(engine)
            continue
        pairs = found[engine.name]
        count = pairs[0][1].trials - pairs[0][0].trials
        cpu = median((b.cpu - a.cpu) / count * 1000 for a, b in pairs)
        wall = median((b.wall - a.wall) / count * 1000 for a, b in pairs)
        whole = median((a.wall + b.wall) / 2 for a, b in pairs)
        kind = engine.name.partition(", ")[2].removeprefix("bayes, ")
        base.setdefault(kind, whole)
        same = pairs[0][1].trials == many
        shown = f"{whole:.1f}" if same else f"{pairs[0][1].wall:.1f} ({pairs[0][1].trials} trials)"
        table.add(engine.name, f"{cpu:.0f}", f"{wall:.0f}", shown, f"{whole / base[kind]:.1f}" if same else "")
    return table


def unequal(engines: Sequence[Engine | str], rounds: int, trials: int, seconds: float) -> Table:
    """Measure trials of unequal length: who waits for whom?"""
    table = Table(
        "Sweep: trials of unequal length",
        f"{trials} trials, of which every second one takes {seconds:g} s and the others none, on 2 workers: "
        f"{trials * seconds / 4:g} s if nobody ever waits. Medians of {rounds} rounds.",
        ["engine", "first begin to last end, s", "whole search, s", "× ours"],
    )
    spans: dict[str, list[Spent]] = {}
    for _ in range(rounds):
        for engine in engines:
            if isinstance(engine, Engine):
                spans.setdefault(engine.name, []).append(engine.run(trials, f"{seconds} odd"))
    base = 0.0
    for engine in engines:
        if isinstance(engine, str):
            table.add(engine)
            continue
        span = median(one.span for one in spans[engine.name])
        whole = median(one.wall for one in spans[engine.name])
        base = base or whole
        table.add(engine.name, f"{span:.1f}", f"{whole:.1f}", f"{whole / base:.1f}")
    return table


def efficiency(pairs: Sequence[tuple[Engine, Engine] | str], rounds: int, trials: int, seconds: float) -> Table:
    """Measure how much of two workers is used."""
    table = Table(
        "Sweep: parallel efficiency",
        f"{trials} trials of {seconds:g} s, from the beginning of the first to the end of the last: half of the time "
        f"that one worker takes, over the time of two. Medians of {rounds} rounds.",
        ["engine", "1 worker, s", "2 workers, s", "efficiency"],
    )
    for pair in pairs:
        if isinstance(pair, str):
            table.add(pair)
            continue
        one, two = (median(engine.run(trials, str(seconds)).span for _ in range(rounds)) for engine in pair)
        table.add(pair[1].name, f"{one:.1f}", f"{two:.1f}", f"{one / 2 / two:.0%}")
    return table


def tables(rounds: int, folder: Path, with_ray: bool, quick: bool) -> Iterator[Table]:
    """Measure everything."""
    python = peers(folder, PACKAGES)
    absent = f"hydra-optuna-sweeper could not be installed: {python}"
    others: list[Engine | str] = [absent]
    if isinstance(python, Path):
        others = [hydra(python, 1), hydra(python, 2), hydra(python, 2, PARTS)]
    if with_ray:
        found = peers(folder.with_name(f"{folder.name}-ray"), RAY)
        others.append(ray(found, 2) if isinstance(found, Path) else f"Ray could not be installed: {found}")
    mine = [ours(1), ours(2), ours(2, PARTS), ours(2, sampler="random")]
    yield costs([*mine, *others], rounds, *((6, 12) if quick else (FEW, MANY)))
    joblib = hydra(python, 2) if isinstance(python, Path) else absent
    yield unequal([ours(2), joblib], rounds, *((6, 1) if quick else (UNEQUAL, LONG)))
    pair = (hydra(python, 1), hydra(python, 2)) if isinstance(python, Path) else absent
    yield efficiency([(ours(1), ours(2)), pair], rounds, *((4, 1) if quick else (EQUAL, EACH)))


def main() -> None:
    """Measure, print, and perhaps write ``RESULTS.md``."""
    parser = ArgumentParser(prog="python -m benchmarks.sweep_engine", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--peers", type=Path, default=PEERS, help="an environment with the peers; made if it is not there"
    )
    parser.add_argument("--ray", action="store_true", help="also Ray Tune, in an environment beside that of the peers")
    parser.add_argument("--quick", action="store_true", help="few short trials: to see whether it works")
    parser.add_argument("--write", action="store_true", help="also into RESULTS.md")
    given, _ = parser.parse_known_args()  # other words are for benchmarks.sweep_quality
    measured = []
    for table in tables(given.rounds, given.peers.absolute(), given.ray, given.quick):
        print(table.text(), flush=True)
        measured.append(table)
    print(" · ".join(machine()))
    if given.write:
        print(f"written: {write(measured)}")


if __name__ == "__main__":
    main()
