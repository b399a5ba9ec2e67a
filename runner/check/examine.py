"""The whole check, in order: words, composition, names and values, then whether the parts fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from runner.check.called import called
from runner.check.metric import check_metrics
from runner.check.output import check_output, check_weights
from runner.check.path import check_paths
from runner.check.plain import to_plain
from runner.check.problem import Problem
from runner.check.settle import settle
from runner.check.tree import check_tree
from runner.redact import remember
from runner.secret import hidden_in

if TYPE_CHECKING:
    from hydra._internal.config_loader_impl import ConfigLoaderImpl

    from runner.command import Command
    from runner.sweep.words import Search


@dataclass(frozen=True)
class Checked:
    """What a command means, and what is wrong with it.

    Attributes:
        cfg: The composed and settled configuration, Hydra's node included; None if it cannot be composed. Of a
            search: with the first value of each list.
        overrides: The user's overrides, in the form that Hydra accepts.
        problems: Empty if a run may start.
        search: What is searched, and how, if the command is a search.
    """

    cfg: DictConfig | None
    overrides: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    search: Search | None = None


def problems_of(cfg: DictConfig, deep: bool = True) -> list[Problem]:
    """Return what is wrong with a configuration that is already composed.

    Args:
        cfg: With or without Hydra's node.
        deep: Also build the parts, which imports torch, if nothing else is wrong.
    """
    tree, problems = to_plain(cfg)
    broken = {problem.key for problem in problems}
    problems += [problem for problem in check_tree(tree) if problem.message.removeprefix("missing: ") not in broken]
    problems += check_metrics(tree)
    if problems or not deep:
        return problems
    remember(hidden_in(cfg))  # the parts' own errors may tell them
    from runner.check.shapes import check_fit

    tree.pop("sweep", None)  # a search's, not a training's
    return check_fit(cfg, tree, called(cfg, tree))


def examine(command: Command, loader: ConfigLoaderImpl, deep: bool = True) -> Checked:
    """Compose a command and check it; of a search, all of its trials, or what can be told about them beforehand.

    Args:
        command: What was asked for.
        loader: Hydra's, set up for the command.
        deep: Also build the parts, if nothing else is wrong.
    """
    if command.multirun:
        from runner.sweep.examine import examine_search

        return examine_search(command, loader, deep)
    from runner.check.composition import compose_or_explain
    from runner.check.meant import for_hydra
    from runner.check.override import read_overrides
    from runner.check.source import locate

    words = read_overrides(command.overrides, loader, multirun=bool(command.flags))
    cfg, applied, refused = compose_or_explain(command.name, words.good, loader)
    found = [*words.problems, *refused]
    if cfg is not None:
        settle(cfg, [override.input_line or "" for override in applied])
        wrong = _nothing_in(cfg, command) or [*problems_of(cfg, deep=False), *check_file(cfg), *_several(cfg)]
        wrong += paths_of(cfg) if deep and not wrong else []
        found += [*locate(wrong, loader, command.name, applied), *check_output()]
        if deep and not found:
            found = locate(problems_of(cfg), loader, command.name, applied)
    return Checked(cfg, for_hydra(words.good, loader, command.name), list(dict.fromkeys(found)))


def check_file(cfg: DictConfig) -> list[Problem]:
    """Check the files that a configuration names."""
    return list(check_weights(OmegaConf.select(cfg, "model.weights", throw_on_missing=False)))


def paths_of(cfg: DictConfig) -> list[Problem]:
    """Return which of the files and folders of a configuration are not there; one that is right but for these."""
    return list(check_paths(to_plain(cfg)[0]))


def _nothing_in(cfg: DictConfig, command: Command) -> list[Problem]:
    """Refuse a recipe that says nothing, or not what it builds on: one sentence for all that is missing."""
    if command.recipe is None or "dataset" in cfg or "model" in cfg:
        return []
    begin = "begin with a defaults list that has config in it, as in recipes/digits_cnn.yaml"
    return [Problem(f"{command.recipe.name} builds on nothing, so that a training has no parts: {begin}")]


def _several(cfg: DictConfig) -> list[Problem]:
    """Refuse what only a search can look for."""
    if OmegaConf.is_list(cfg.get("objective")):
        return [Problem("objective: several are for a search (-m): a training looks at one", key="objective")]
    return []
