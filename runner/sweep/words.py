"""What the words of a search mean: its settings, its space, and how its trials are composed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig

from runner.check.composition import compose_or_explain
from runner.check.override import Overrides, is_group, read_overrides
from runner.check.plain import to_plain
from runner.check.problem import Problem
from runner.check.settle import settle
from runner.check.source import locate
from runner.check.tree import check_tree
from runner.command import Command
from runner.folder import OUTPUTS
from runner.sweep.composer import Composer
from runner.sweep.grammar import first
from runner.sweep.settings import Settings
from runner.sweep.space import Space, read_space


@dataclass
class Search:
    """A search as it was asked for.

    Attributes:
        command: The words.
        loader: Hydra's, set up for them.
        cfg: Composed with the first value of everything that the command searches, Hydra's node and ``sweep`` in it.
        base: What the command asks for besides.
        settings: Of the search.
        space: What is searched.
        lists: What the command searches, as it was typed; the rest of the space is the recipe's.
    """

    command: Command
    loader: ConfigLoaderImpl
    cfg: DictConfig
    base: list[Override]
    settings: Settings
    space: Space
    lists: list[Override] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.composer = Composer(self.command.name, self.base, self.loader)

    def folder(self) -> Path:
        """Return where the search writes: ``sweep.name`` in the outputs folder, or a new folder with a new id."""
        return OUTPUTS / self.settings.name if self.settings.name else Path(self.cfg.hydra.sweep.dir)

    def epochs(self) -> int:
        """Return the epochs of the longest trial."""
        found = [value for d in self.space.dimensions if d.name == "epochs" for value in d.probes()]
        return max((int(value) for value in found), default=int(self.cfg.epochs))

    def as_typed(self, problem: Problem) -> Problem:
        """Return a trial's problem with what the user typed as its place, not the value that was taken from it."""
        for override in self.lists:
            if problem.place.startswith(f"{override.get_key_element()}="):
                return replace(problem, place=override.input_line or "")
        for dimension in self.space.dimensions:
            if problem.place.startswith(tuple(f"{key}=" for key in dimension.keys)):
                return replace(problem, place=f"sweep.space: {problem.place}")
        return problem


def read_search(command: Command, loader: ConfigLoaderImpl) -> tuple[Search | None, list[Problem]]:
    """Read a search; None if its words are so wrong that there is none."""
    words: Overrides = read_overrides(command.overrides, loader, command.multirun)
    lists = [override for override in words.good if override.is_sweep_override()]
    base = [override for override in words.good if override not in lists]
    single = [_single(override, loader) if override in lists else override for override in words.good]
    firsts = [one for one, typed in zip(single, words.good, strict=True) if one is not None and one is not typed]
    cfg, applied, problems = compose_or_explain(command.name, [o for o in single if o is not None], loader)
    problems = [*words.problems, *(told_of(problem, firsts, loader) for problem in problems)]
    if cfg is None:
        return None, problems
    settle(cfg, [override.input_line or "" for override in applied])
    tree, unresolved = to_plain(cfg)
    wrong = [problem for problem in [*unresolved, *check_tree(tree)] if problem.key.split(".")[0] == "sweep"]
    if wrong or not isinstance(tree.get("sweep"), dict):
        return None, [*problems, *locate(wrong, loader, command.name, applied)]
    settings = settings_of(tree["sweep"])
    space, refused = read_space(words.good, settings, loader)
    return Search(command, loader, cfg, base, settings, space, lists), [*problems, *refused]


def told_of(problem: Problem, chosen: list[Override], loader: ConfigLoaderImpl) -> Problem:
    """Return a problem with the part that has it, where that is one of several that are searched.

    Args:
        problem: Of a trial.
        chosen: What is searched, as this trial has it.
        loader: Knows what is a part.
    """
    group = (problem.key or problem.place.lstrip("+~")).partition("=")[0].partition(".")[0]
    for override in chosen:
        if override.key_or_group == group and is_group(override, loader) and problem.place.partition("=")[0] != group:
            return replace(problem, message=f"with {group}={override.value()}: {problem.message}")
    return problem


def settings_of(node: dict[str, Any]) -> Settings:
    """Return the settings of a node of the configuration; what it holds with targets of their own is built later."""
    return Settings(**{key: value for key, value in node.items() if not key.startswith("_")})


def _single(override: Override, loader: ConfigLoaderImpl) -> Override | None:
    """Return an override with the first value that it is to have; None if there is none."""
    value = first(override)
    if value is None:
        return None
    return OverridesParser.create(config_loader=loader).parse_override(f"{override.get_key_element()}={value}")
