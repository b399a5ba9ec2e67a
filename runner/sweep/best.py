"""The winner of a search as a recipe that opens with what was measured."""

from __future__ import annotations

import shlex
import time
from pathlib import Path

from omegaconf import DictConfig

from runner.check.frame import shown
from runner.configuration import read_config
from runner.durable import write_text
from runner.recipe import copied, recipe
from runner.secret import masked
from runner.sweep.mean import mean_and_sd
from runner.sweep.results import Results
from runner.sweep.row import Row


def write_best(folder: Path, results: Results, cfg: DictConfig | None = None) -> Path | None:
    """Write ``best.yaml``, whole or not at all, and return its path; None if no trial has finished.

    The recipe needs neither the search nor the recipe that was searched: it can be moved and shared.

    Args:
        folder: Of the search.
        results: Of the search.
        cfg: What the best trial trained with; None: as its folder says.
    """
    best = results.best()
    if best is None:
        return None
    if cfg is None:
        cfg = written_by(folder / best.run)
    path = folder / "best.yaml"
    write_text(path, recipe(masked(cfg), heading(results, best, path), results.keys))
    return path


def written_by(folder: Path) -> DictConfig:
    """Return a run's configuration to be copied: nothing is built of it, nor looked up in the environment.

    Raises:
        ValueError: It has texts that would have to be computed: no run writes those.
    """
    return copied(read_config(folder / "config.yaml")[0], folder)


def heading(results: Results, row: Row, path: Path) -> list[str]:
    """Return the first lines of the recipe: what was measured, where it comes from, how to train it."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    values = list(results.samples(row).values())
    if len(results.objectives) > 1:
        told = ", ".join(f"{name} {value:.6g}" for name, value in zip(results.objectives, row.values, strict=True))
        others = ", ".join(f"#{other.number}" for other in results.front() if other is not row)
        told += f"; the best by the first objective, on a front with {others}" if others else ""
    elif len(values) > 1:
        mean, sd = mean_and_sd(values)
        told = f"{results.objectives[0]} {mean:.4f} +- {sd:.4f} (mean and standard deviation over {len(values)} seeds)"
    else:
        told = f"{results.objectives[0]} {row.values[0]:.6g} (one seed)"
    finished = sum(one.counts for one in results.rows)
    return [
        f"{title(results, row)}: {told}, the best of {finished} finished, {day} (UTC)",
        f"  runner {shlex.quote(shown(path))}",
    ]


def is_of(path: Path, results: Results, row: Row) -> bool:
    """Tell whether a recipe that is there is the one of a trial."""
    try:
        return path.read_text(encoding="utf-8").startswith(f"# {title(results, row)}: ")
    except OSError:
        return False


def title(results: Results, row: Row) -> str:
    """Return whose recipe it is."""
    return f"{results.name}, trial {row.number}"
