"""The whole check, in order: words, composition, names and values, then whether the parts fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from runner.check.metric import check_metrics
from runner.check.output import check_output
from runner.check.plain import to_plain
from runner.check.problem import Problem
from runner.check.settle import settle
from runner.check.tree import check_tree

if TYPE_CHECKING:
    from hydra._internal.config_loader_impl import ConfigLoaderImpl
    from hydra.core.override_parser.types import Override

    from runner.compose import Command


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
    from runner.check.composition import compose_or_explain, forced
    from runner.check.override import read_overrides
    from runner.check.source import locate

    words = read_overrides(command.overrides, loader, command.multirun)
    swept = [override for override in words.good if override.is_sweep_override()]
    first = [_with(override, 0, loader) if override in swept else override for override in words.good]
    cfg, applied, refused = compose_or_explain(command.name, first, loader)
    if cfg is None:
        return Checked(None, [], [*words.problems, *refused])
    problems = [*words.problems, *refused]
    texts = [forced(override, loader) for override in words.good]
    settle(cfg, [override.input_line or "" for override in applied])
    fast = not problems
    found = problems_of(cfg, deep=False)
    problems += locate(found, loader, command.name, applied)
    for override in swept:
        problems += _other_values(command, loader, override, applied)
    problems += chain(check_output()) if fast else []
    if not problems and deep:
        problems += locate(problems_of(cfg), loader, command.name, applied)
    return Checked(cfg, texts, [_as_typed(problem, swept) for problem in problems])


def _with(override: Override, index: int, loader: ConfigLoaderImpl) -> Override:
    """Return the override that a search makes of a list's value."""
    from hydra.core.override_parser.overrides_parser import OverridesParser

    from runner.check.override import swept

    text = f"{override.get_key_element()}={swept(override)[index]}"
    return OverridesParser.create(config_loader=loader).parse_overrides([text])[0]


def _other_values(
    command: Command, loader: ConfigLoaderImpl, override: Override, applied: list[Override]
) -> list[Problem]:
    """Check the second and later values of a list, each with the first values of the others."""
    from runner.check.composition import compose_or_explain
    from runner.check.override import swept
    from runner.check.source import locate

    problems: list[Problem] = []
    others = [o for o in applied if o.key_or_group != override.key_or_group]
    for index in range(1, len(swept(override))):
        trial = [*others, _with(override, index, loader)]
        cfg, good, refused = compose_or_explain(command.name, trial, loader)
        problems += refused
        if cfg is not None:
            settle(cfg, [o.input_line or "" for o in good])
            problems += locate(problems_of(cfg, deep=False), loader, command.name, good)
    return problems


def _as_typed(problem: Problem, swept: list[Override]) -> Problem:
    """Return the problem with the list that the user typed as its place, not the value that was taken from it."""
    for override in swept:
        key = f"{override.get_key_element()}="
        if problem.place.startswith(key):
            return Problem(problem.message, override.input_line or "", problem.key)
    return problem
