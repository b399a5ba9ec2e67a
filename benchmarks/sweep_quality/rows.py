"""Searches that were done, kept line by line: a benchmark of an hour can be stopped, and goes on where it was.

A line counts only for the very code, tables and version of Optuna that it was measured with.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import optuna

from benchmarks.sweep_quality.ours import pruner
from benchmarks.sweep_quality.search import search
from benchmarks.sweep_quality.searcher import Searcher
from benchmarks.sweep_quality.surface import HERE
from benchmarks.sweep_quality.task import Task
from runner.home import CONF

ROOT = HERE.parent.parent
FILE = ROOT / "outputs" / "sweep_quality.jsonl"


@dataclass(frozen=True)
class Row:
    """One search.

    Attributes:
        regrets: Optimum less the best so far, after each trial; infinite while all were pruned.
        epochs: Trained for each trial.
        cpu: Milliseconds of CPU for each trial.
    """

    regrets: list[float]
    epochs: list[int]
    cpu: float

    def at(self, trials: int) -> float:
        """Return the regret after so many trials, or after all of a search that had fewer."""
        return self.regrets[min(trials, len(self.regrets)) - 1]

    def within(self, epochs: int) -> tuple[float, int]:
        """Return the regret after so many epochs, and how many trials that were."""
        done = spent = 0
        for spend in self.epochs:
            if spent + spend > epochs:
                break
            spent, done = spent + spend, done + 1
        return self.regrets[done - 1] if done else float("inf"), done

    def reached(self, level: float) -> float:
        """Return the first trial, from 1, with a regret of no more than that; infinity: none."""
        return next((at for at, regret in enumerate(self.regrets, 1) if regret <= level), float("inf"))


class Rows:
    """Does searches, unless their rows are there.

    Args:
        path: Of the file of rows; None: nothing is kept.
    """

    def __init__(self, path: Path | None = FILE) -> None:
        self.path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path and path.exists() else []
        self.known = {key: Row(**row) for key, row in map(json.loads, lines)}

    def of(
        self, task: Task, searcher: Searcher, trials: int, seeds: Iterable[int], flying: int = 1, prune: str = "none"
    ) -> list[Row]:
        """Return a row for each seed; a seed is that of the searcher and, one after the other, of the training."""
        return [self.one(task, searcher, trials, seed, flying, prune) for seed in seeds]

    def one(self, task: Task, searcher: Searcher, trials: int, seed: int, flying: int, prune: str) -> Row:
        """Return the row of one search."""
        names = (task.name, searcher.name, trials, seed, flying, prune)
        key = " ".join(map(str, (*names, fingerprint(task, searcher, prune != "none"))))
        if key not in self.known:
            surface = task.surfaces()[seed % task.seeds]
            proposer = searcher.propose(task, trials, seed)
            history = search(surface, proposer, trials, seed, flying, pruner(prune))
            regrets = [round(regret, 6) for regret in history.regrets(surface.optimum)]
            self.known[key] = Row(regrets, history.epochs, round(1e3 * history.cpu / len(regrets), 3))
            if self.path:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([key, asdict(self.known[key])]) + "\n")
        return self.known[key]


@cache
def fingerprint(task: Task, who: Searcher, prunes: bool) -> str:
    """Return a digest of everything that a row depends on."""
    files = [task.path, *(HERE / name for name in ("surface.py", "search.py", "task.py"))]
    files.append(HERE / ("ours.py" if who.choice else "direct.py"))
    sweep = ROOT / "runner" / "sweep"
    if who.choice:
        files += [CONF / "sweep" / f"{who.choice}.yaml", *imported(sweep / "sampler" / f"{who.choice}.py")]
        files += [sweep / f"{name}.py" for name in ("space", "dimension", "choice", "interval", "proposal")]
    if prunes:
        files += [*sorted((sweep / "pruner").glob("*.py")), *sorted((CONF / "sweep" / "pruner").glob("*.yaml"))]
    digest = hashlib.sha256(optuna.__version__.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def imported(file: Path) -> list[Path]:
    """Return a file of ``runner/sweep/sampler`` and all files there that it imports, and that they do."""
    found, waiting = [], [file]
    while waiting:
        found.append(waiting.pop())
        names = re.findall(r"(?:from|import) (runner\.sweep\.sampler\.[\w.]+)", found[-1].read_text(encoding="utf-8"))
        for place in (ROOT.joinpath(*name.split(".")) for name in names):
            paths = place.glob("*.py") if place.is_dir() else [place.with_suffix(".py")]
            waiting += [path for path in paths if path not in found and path not in waiting]
    return sorted(found)
