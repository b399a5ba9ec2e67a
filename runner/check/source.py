"""Where a key was written: looked up only when there is something to report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import yaml
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf.errors import OmegaConfBaseException

from runner.check.frame import shown
from runner.check.problem import Problem


def locate(
    problems: list[Problem], loader: ConfigLoaderImpl, config_name: str, overrides: list[Override]
) -> list[Problem]:
    """Return the problems with their places: the override that set the key, else file:line.

    Args:
        problems: Those with a place keep it.
        loader: Of this command.
        config_name: The primary configuration.
        overrides: The valid ones, parsed.
    """
    if all(problem.place or not problem.key for problem in problems):
        return problems
    lines = key_lines(loader, config_name, [o.input_line or "" for o in overrides])
    return [
        problem if problem.place else replace(problem, place=_of(problem, overrides, lines)) for problem in problems
    ]


PARTNER = {"model": "dataset", "task": "model"}
"""Where to look next if two parts do not fit and the first was not mentioned."""
TARGET = "._target_"


def _of(problem: Problem, overrides: list[Override], lines: dict[str, str]) -> str:
    """Return the place of a problem; of one in the user's own code what chose that code, not a line of YAML."""
    if problem.code and problem.key.endswith(TARGET):
        for key in (problem.key, problem.key.removesuffix(TARGET)):
            if chosen := [o for o in overrides if o.key_or_group == key]:
                return chosen[-1].input_line or ""
    return _place(problem.key, overrides, lines)


def _place(key: str, overrides: list[Override], lines: dict[str, str]) -> str:
    group = key.partition(".")[0]
    while key:
        exact = [o for o in overrides if o.key_or_group == key]
        inside = [o for o in overrides if o.key_or_group.startswith(f"{key}.") and key not in lines]
        named = [o for o in inside if o.key_or_group == f"{key}{TARGET}"]
        if found := (inside if len(inside) == 1 else named or exact or inside):  # one of several may well be innocent
            return found[-1].input_line or ""
        if key in lines:
            return lines[key]
        key = key.rpartition(".")[0]
    return _place(PARTNER[group], overrides, lines) if group in PARTNER else ""


def key_lines(loader: ConfigLoaderImpl, config_name: str, overrides: list[str]) -> dict[str, str]:
    """Return file:line for each dotted key of the YAML files that a configuration is composed of."""
    places: dict[str, str] = {}
    try:
        defaults = loader.compute_defaults_list(config_name, overrides, RunMode.RUN).defaults
    except (HydraException, OmegaConfBaseException, ValueError):
        return places
    for default in defaults:
        path = config_file(loader, default.config_path or "")
        if path is None:
            continue
        try:
            root = yaml.compose(path.read_text(encoding="utf-8"))
        except yaml.YAMLError:
            continue
        for key, line in _walk(root, default.package or ""):
            places[key] = f"{shown(path)}:{line}"
    return places


def config_file(loader: ConfigLoaderImpl, config_path: str) -> Path | None:
    """Return the file of a configuration, by its name in the search path."""
    name = config_path if config_path.endswith((".yaml", ".yml")) else f"{config_path}.yaml"
    for source in loader.get_sources():
        if source.scheme() == "file" and (Path(source.path) / name).is_file():
            return Path(source.path) / name
    return None


def _walk(node: yaml.Node | None, path: str) -> Iterator[tuple[str, int]]:
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        name = f"{path}.{key.value}" if path else str(key.value)
        yield name, key.start_mark.line + 1
        yield from _walk(value, name)
