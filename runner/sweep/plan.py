"""A look ahead: the trials of a search, or the first of them, what one takes, and so about how long all will."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, open_dict

from runner.sweep.space import Point

if TYPE_CHECKING:
    from runner.sweep.words import Search

FIRST = 10
"""Trials of a sampler that are shown: what it proposes before it has seen anything."""


@dataclass(frozen=True)
class Taken:
    """What a training took, in seconds: before its first epoch and after its last one, and for one epoch."""

    around: float
    epoch: float

    def seconds(self, epochs: int) -> float:
        """Return what a training of so many epochs takes."""
        return self.around + epochs * self.epoch


def show_plan(asked: Search) -> int:
    """Print the trials, time one, and estimate; nothing is left behind. Return the exit code."""
    from runner.make import plain
    from runner.stream import answer, document
    from runner.sweep.rules import kind
    from runner.sweep.slots import slots
    from runner.sweep.table import duration

    settings = asked.settings
    points, total = proposed(asked)
    jobs = min(slots(plain(asked.cfg.hardware), settings.threads).jobs(settings.jobs), total)
    print(f"{total} trials, {kind(settings.sampler)}, {jobs} at a time")
    for number, point in enumerate(points):
        print(f"  #{number}  {' '.join(asked.space.overrides(point)) or 'as it is'}")
    if len(points) < total:
        print(f"  ... {total - len(points)} more, which depend on what comes out")
    texts = asked.space.overrides(points[0])
    cfg = asked.composer.cfg(texts)
    epochs = cfg.epochs
    taken = timed(cfg, texts)
    rounds = -(-total // jobs) * settings.seeds
    each, whole = taken.seconds(epochs), taken.seconds(epochs) * rounds
    print(f"#0 took {taken.epoch:.1f} s for one epoch, alone on this machine: {duration(each)} for its {epochs}")
    several = f", {settings.seeds} trainings each" if settings.seeds > 1 else ""
    fewer = "at most " if kind(settings.pruner) != "none" else ""
    print(f"so {total} trials{several} take {fewer}about {duration(whole)}, if all are like it")
    print("Nothing was started. To start: the same without sweep.plan=true")
    if asked.command.json:
        shown = [asked.space.overrides(point) for point in points]
        document({"total": total, "jobs": jobs, "seconds": whole, "epoch_seconds": taken.epoch, "trials": shown})
    elif asked.command.quiet:
        answer(f"{total} trials, {duration(whole)}")
    return 0


def proposed(asked: Search) -> tuple[list[Point], int]:
    """Return the trials that are known beforehand, and how many there will be."""
    import optuna

    from runner.sweep.objective import objectives
    from runner.sweep.proposal import proposer
    from runner.sweep.sampler.design import Design

    settings, directions = asked.settings, objectives(asked.cfg)
    made = proposer(settings, asked.space, list(directions), 0)
    if isinstance(made, Design):
        points = made.points(asked.space, settings.trials, settings.seed)
        return points, len(points)
    assert settings.trials is not None  # by the rules
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(directions=list[Any](directions.values()), pruner=optuna.pruners.NopPruner())
    found = []
    for count in range(min(FIRST, settings.trials)):
        sampler = proposer(settings, asked.space, list(directions), count)
        assert not isinstance(sampler, Design)
        study.sampler = sampler
        found.append(asked.space.suggest(study.ask()))
    return found, settings.trials


def timed(cfg: DictConfig, texts: list[str]) -> Taken:
    """Train for one epoch, in a folder that is gone afterwards."""
    from runner.durable import read_json
    from runner.train import train

    with open_dict(cfg):
        cfg.epochs = 1
        cfg.callback = {name: node for name, node in cfg.callback.items() if name in ("record", "checkpoint")}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "outputs" / "plan"
        folder.mkdir(parents=True)
        train(cfg, folder, texts)
        seconds = read_json(folder / "summary.json")["seconds"]
    around = seconds.get("startup", 0.0) + seconds.get("compiling", 0.0)
    return Taken(around, seconds["total"] - around)
