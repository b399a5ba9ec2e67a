"""What ``sweep=...`` builds, used as a sweep does: designs wait in the study, samplers are made for each proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from benchmarks.sweep_quality.search import Proposer
from benchmarks.sweep_quality.searcher import Searcher
from benchmarks.sweep_quality.surface import Axis, Value
from benchmarks.sweep_quality.task import EPOCHS, Task
from runner.command import Command
from runner.compose import hydra_for
from runner.home import CONF
from runner.make import make, plain
from runner.sweep.proposal import proposer
from runner.sweep.sampler.design import Design
from runner.sweep.settings import Settings
from runner.sweep.space import Space, read_space

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.study import Study
    from optuna.trial import Trial


OBJECTIVE = ("value",)


@dataclass
class Enqueued:
    """A design: all its points wait in the study from the start, as the parent of a sweep leaves them."""

    space: Space
    points: list[dict[str, Value]]
    fixed: Mapping[str, Value] = field(default_factory=dict)

    def begin(self, study: Study, trials: int) -> None:
        for point in self.points[:trials]:
            study.enqueue_trial(point)

    def ask(self, study: Study) -> tuple[Trial, Mapping[str, Value]]:
        trial = study.ask()
        return trial, {**self.fixed, **self.space.suggest(trial)}


@dataclass
class Anew:
    """A sampler that is made for each proposal from the trials that there are, as the workers of a sweep do."""

    settings: Settings
    space: Space

    def begin(self, study: Study, trials: int) -> None: ...

    def ask(self, study: Study) -> tuple[Trial, Mapping[str, Value]]:
        made = proposer(self.settings, self.space, OBJECTIVE, len(study.get_trials(deepcopy=False)))
        assert not isinstance(made, Design)
        study.sampler = made
        trial = study.ask()
        return trial, self.space.suggest(trial)


def ours(choice: str, name: str = "", *, trials: int = 100, dear: bool = False, **options: Any) -> Searcher:
    """Return what ``sweep=<choice>`` builds, with the defaults of its file but for these options of its sampler."""

    def propose(task: Task, trials: int, seed: int) -> Proposer:
        node = plain(OmegaConf.merge(chosen(f"sweep/{choice}").sampler, options))
        grid = dict(zip((axis.key for axis in task.axes), task.grids[trials], strict=True)) if choice == "grid" else {}
        space = space_of(tuple((axis, grid.get(axis.key, 0)) for axis in task.axes))
        settings = Settings(sampler=node, seed=seed)
        made = proposer(settings, space, OBJECTIVE, 0)
        if isinstance(made, Design):
            fixed = {axis.key: task.usual[axis.key] for axis in task.axes if grid.get(axis.key) == 1}
            return Enqueued(space, made.points(space, None if grid else trials, seed), fixed)
        return Anew(settings, space)

    return Searcher(name or choice, propose, trials, dear, choice)


def pruner(name: str) -> BasePruner | None:
    """Return what ``sweep/pruner=<name>`` builds for our trainings."""
    made: BasePruner | None = None if name == "none" else make(chosen(f"sweep/pruner/{name}"), epochs=EPOCHS)
    return made


@cache
def chosen(path: str) -> DictConfig:
    """Return a file of ``conf/``, with its own defaults left out."""
    node = OmegaConf.load(CONF / f"{path}.yaml")
    assert isinstance(node, DictConfig)
    return node


@cache
def space_of(axes: tuple[tuple[Axis, int], ...]) -> Space:
    """Return the space over axes, each with its number of points in a grid: 0 if there is no grid, 1 if it is fixed."""
    words: dict[str, str | None] = {axis.key: text(axis, points) for axis, points in axes if points != 1}
    with hydra_for(Command(multirun=True)) as loader:
        space, problems = read_space([], Settings(sampler={}, space=words), loader)
    if problems:
        raise ValueError("\n".join(problem.message for problem in problems))
    return space


def text(axis: Axis, points: int = 0) -> str:
    """Return an axis in the grammar of overrides, as it stands in ``sweep.space`` of a recipe."""
    if axis.words:
        return ",".join(map(str, axis.points))
    body = f"interval({axis.points[0]}, {axis.points[-1]})"
    body = f"int({body})" if axis.whole else body
    tags = [*(["log"] if axis.log else []), *([f"grid{points}"] if points else [])]
    return f"tag({', '.join([*tags, body])})" if tags else body
