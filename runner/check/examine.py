"""The whole check, in order: words, composition, names and values, then whether the parts fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from runner.check.metric import check_metrics
from runner.check.output import check_output, check_weights
from runner.check.plain import to_plain
from runner.check.problem import Problem
from runner.check.settle import settle
from runner.check.tree import check_tree

if TYPE_CHECKING:
    from hydra._internal.config_loader_impl import ConfigLoaderImpl
    from hydra.core.override_parser.types import Override

    from runner.compose import Command

    Trial = tuple[DictConfig, list[Override]]


@dataclass(frozen=True)
class Checked:
    """What a command means, and what is wrong with it.

    Attributes:
        cfg: The composed and settled configuration, Hydra's node included; None if it cannot be composed. Of a
            search: with the first value of each list.
        overrides: The user's overrides, in the form that Hydra accepts.
        problems: Empty if a run may start.
    """

    cfg: DictConfig | None
    overrides: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


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
    from runner.check.shapes import check_fit

    chosen = OmegaConf.select(cfg, "hydra.runtime.choices") or {}
    names = {group: str(node["_target_"]).rpartition(".")[2] for group, node in tree.items() if _has_target(node)}
    return check_fit(cfg, tree, names | {str(key): str(value) for key, value in chosen.items()})


def _has_target(node: object) -> bool:
    return isinstance(node, dict) and "_target_" in node


def examine(command: Command, loader: ConfigLoaderImpl, deep: bool = True) -> Checked:
    """Compose a command and check it; of a search, every value of every list, one at a time.

    Args:
        command: What was asked for.
        loader: Hydra's, set up for the command.
        deep: Also build the parts, if nothing else is wrong.
    """
    from runner.check.composition import for_hydra
    from runner.check.override import read_overrides
    from runner.check.source import locate

    words = read_overrides(command.overrides, loader, command.multirun)
    lists = [override for override in words.good if override.is_sweep_override()]
    trials, refused = _trials(command.name, words.good, lists, loader)
    found = [*words.problems, *refused]
    cfg = trials[0][0] if trials else None
    for trial, applied in trials:
        settle(trial, [override.input_line or "" for override in applied])
        weights = OmegaConf.select(trial, "model.weights", throw_on_missing=False)
        found += locate([*problems_of(trial, deep=False), *check_weights(weights)], loader, command.name, applied)
    if trials:
        found += check_output()
    if deep and not found:
        for trial, applied in trials:
            found += locate(problems_of(trial), loader, command.name, applied)
    return Checked(
        cfg, for_hydra(words.good, loader), list(dict.fromkeys(_as_typed(problem, lists) for problem in found))
    )


def _trials(
    name: str, overrides: list[Override], lists: list[Override], loader: ConfigLoaderImpl
) -> tuple[list[Trial], list[Problem]]:
    """Compose with the first value of each list, then with each other value, one list at a time."""
    from runner.check.composition import compose_or_explain
    from runner.check.override import swept

    first = [_with(override, 0, loader) if override in lists else override for override in overrides]
    cfg, applied, problems = compose_or_explain(name, first, loader)
    if cfg is None:
        return [], problems
    trials = [(cfg, applied)]
    for position, override in enumerate(overrides):
        for index in range(1, len(swept(override)) if override in lists else 0):
            changed = _with(override, index, loader)
            others = [o for o in applied if o is not first[position]]
            cfg, applied_here, refused = compose_or_explain(name, [*others, changed], loader)
            problems += refused
            trials += [(cfg, applied_here)] if cfg is not None else []
    return trials, problems


def _with(override: Override, index: int, loader: ConfigLoaderImpl) -> Override:
    """Return the override that a search makes of a list's value."""
    from hydra.core.override_parser.overrides_parser import OverridesParser

    from runner.check.override import swept

    text = f"{override.get_key_element()}={swept(override)[index]}"
    return OverridesParser.create(config_loader=loader).parse_overrides([text])[0]


def _as_typed(problem: Problem, lists: list[Override]) -> Problem:
    """Return the problem with the list that the user typed as its place, not the value that was taken from it."""
    for override in lists:
        if problem.place.startswith(f"{override.get_key_element()}="):
            return Problem(problem.message, override.input_line or "", problem.key)
    return problem
