"""Composing once, hopefully; and if Hydra refuses, finding out which of the user's words it was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.compose import compose as hydra_compose
from hydra.core.override_parser.types import Override
from hydra.errors import MissingConfigException
from omegaconf import DictConfig, OmegaConf

from runner.check.facts import GROUPS
from runner.check.frame import shown
from runner.check.line import line_of, shown_name
from runner.check.meant import for_hydra
from runner.check.override import is_group, list_groups, options
from runner.check.problem import Problem
from runner.check.refusal import Refusal, chain, first_line
from runner.check.suggest import did_you_mean, nearest
from runner.vocabulary.own import no_choice

ALONE = (
    "hydra.run.dir=outputs/${runner.id:}",
    "hydra.sweep.dir=outputs/${runner.id:}",
    "hydra.sweep.subdir=trials/${hydra.job.num}",
    "hydra.output_subdir=null",
    "hydra/job_logging=none",
    "hydra/hydra_logging=none",
)
"""What conf/config.yaml says about a run's folder, for a configuration that does not build on it."""


def compose(name: str, overrides: Sequence[str]) -> DictConfig:
    """Return the composed configuration, Hydra's node included; whatever it is, a run of it has a folder of ours."""
    cfg = hydra_compose(name, list(overrides), return_hydra_config=True)
    theirs = OmegaConf.to_container(cfg.hydra.sweep, resolve=False)
    if "${now:" in str(theirs):
        cfg = hydra_compose(name, [*ALONE, *overrides], return_hydra_config=True)
    return cfg


def compose_or_explain(
    name: str, overrides: list[Override], loader: ConfigLoaderImpl
) -> tuple[DictConfig | None, list[Override], list[Problem]]:
    """Compose; return the configuration, the overrides that are in it, and what was wrong with the others."""
    try:
        return compose(name, for_hydra(overrides, loader, name)), overrides, []
    except Refusal:
        pass
    try:
        cfg = compose(name, [])
    except Refusal as error:
        return None, [], [explain(error, loader, name)]
    good: list[Override] = []
    problems = []
    ordered = sorted(overrides, key=lambda override: not is_group(override, loader))  # values need their groups
    for override in ordered:
        try:
            cfg = compose(name, for_hydra([*good, override], loader, name))
            good.append(override)
        except Refusal as error:
            text = override.input_line or ""
            problems.append(Problem(_refused(override, error, cfg, loader), text))
    return cfg, [override for override in overrides if override in good], problems


def _refused(override: Override, error: Exception, cfg: DictConfig, loader: ConfigLoaderImpl) -> str:
    """Say in our words why one override could not be applied."""
    key = override.key_or_group
    if override.is_delete() and not is_group(override, loader):
        if "does not exist" in str(error):
            return f"nothing to delete at {key}{_near(key, cfg)}"
        return str(error).splitlines()[0]
    if "No match in the defaults list" in str(error):
        verb = "leave out" if override.is_delete() else "choose"
        hint = "" if override.is_delete() else f": to add it write +{override.input_line}"
        return f"there is no {key} to {verb} here{hint}"
    if "@" in key and "Could not override" in str(error):
        return f"there is nothing to choose at {key.partition('@')[2]} here: choose a part first that has it"
    if override.is_hydra_override() and "Could not override" in str(error):
        names = [f"hydra.{path}" for path in _paths(cfg.hydra)]
        return f"unknown key {key}{did_you_mean(key, names)}"
    return f"{key} cannot be set: {first_line(error)}"


def _paths(node: DictConfig) -> Iterator[str]:
    for key in map(str, node):
        yield key
        inner = node._get_node(key)
        if isinstance(inner, DictConfig) and not inner._is_none() and not inner._is_missing():
            yield from (f"{key}.{path}" for path in _paths(inner))


def _near(key: str, cfg: DictConfig) -> str:
    near = nearest(key, [path for path in _paths(cfg) if not path.startswith("hydra")])
    return f": did you mean {near}?" if near else ""


def explain(error: BaseException, loader: ConfigLoaderImpl, name: str) -> Problem:
    """Say what is wrong with the YAML files themselves, and where."""
    for cause in chain(error):
        if isinstance(cause, yaml.MarkedYAMLError) and cause.problem_mark is not None:
            mark = cause.problem_mark
            text = (cause.problem or "it cannot be read").replace("found duplicate key", "there is a second key")
            return Problem(f"broken YAML: {text}", f"{shown(Path(mark.name))}:{mark.line + 1}")
        if isinstance(cause, UnicodeDecodeError):
            return Problem("a configuration file is not UTF-8 text", name)
    if isinstance(error, MissingConfigException):
        wanted = error.missing_cfg_file
        wanted = str(wanted[-1] if isinstance(wanted, list | tuple) else wanted)
        group, _, choice = wanted.rpartition("/")
        if group:
            return Problem(_no_choice(group, choice, loader), line_of(loader, name, choice))
        return Problem(
            f"no configuration {wanted}{did_you_mean(wanted, options(loader, ''))}", line_of(loader, name, wanted)
        )
    if found := re.search(r"Could not override '([^']+)'", str(error)):
        key = found[1]
        near = nearest(key, list_groups(loader))
        hint = f"did you mean {near}?" if near and near != key else f"the groups are {', '.join(GROUPS)}"
        return Problem(f"no group {key} to override in the defaults list: {hint}", line_of(loader, name, key))
    return Problem(first_line(error), shown_name(loader, name))


def _no_choice(group: str, choice: str, loader: ConfigLoaderImpl) -> str:
    choices = options(loader, group)
    if not choices:
        return f"no group {group}{did_you_mean(group, list_groups(loader))}"
    return no_choice(group, choice, choices)
