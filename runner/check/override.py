"""What can be said about each override by itself, before anything is composed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.types import Glob, Override
from hydra.errors import HydraException

from runner.check.facts import GROUPS
from runner.check.problem import Problem
from runner.check.suggest import did_you_mean
from runner.sweep.grammar import reader
from runner.vocabulary.own import no_choice

INNER = {"sweep.pruner": "sweep/pruner"}
"""Groups that are chosen by a path, by the name that one would guess."""


@dataclass(frozen=True)
class Overrides:
    """The overrides of a command, sorted.

    Attributes:
        good: Those that are right by themselves.
        problems: What is wrong with the others.
    """

    good: list[Override]
    problems: list[Problem]


def read_overrides(texts: tuple[str, ...], loader: ConfigLoaderImpl, multirun: bool) -> Overrides:
    """Parse overrides and check what needs no composition: syntax, group choices, lists of values."""
    parser = reader(loader)
    found = Overrides([], [])
    for text in texts:
        try:
            override = parser.parse_overrides([text])[0]
        except HydraException as error:
            found.problems.append(Problem(_syntax(text, error), text))
            continue
        wrong = list(_check(override, loader, multirun))
        found.problems.extend(Problem(message, text) for message in wrong)
        if not wrong:
            found.good.append(override)
    return found


def _syntax(text: str, error: HydraException) -> str:
    key, equals, value = text.partition("=")
    if not equals and not text.startswith("~"):
        return f"{text!r} is neither key=value nor a recipe's path nor a verb{did_you_mean(text, ('-m', '--help'))}"
    if not re.fullmatch(r"(\+\+?|~)?[\w./@:$-]+", key, re.ASCII):
        return f"{key!r} is no name of a key"
    way_out = "quote it if it is text" if value.isascii() else "keys beyond ASCII are for a recipe's YAML"
    reason = str(error.__cause__ or error).splitlines()[0].removeprefix("Error parsing override ")
    return f"the value of {key.lstrip('+~')} cannot be read: {value!r} ({reason}); {way_out}"


def is_group(override: Override, loader: ConfigLoaderImpl) -> bool:
    """Tell whether an override chooses parts, not values."""
    value = override.value()
    return not isinstance(value, dict) and loader.repository.group_exists(override.key_or_group)


def _check(override: Override, loader: ConfigLoaderImpl, multirun: bool) -> Iterator[str]:
    text, key = override.input_line or "", override.key_or_group
    if override.is_sweep_override():
        if override.is_interval_sweep() and not multirun:
            yield f"{key}: an interval needs -m, and a sampler: -m sweep=bayes"
            return
        if not multirun:
            listed = f"; for a list write {key}=[{text.partition('=')[2]}]" if "(" not in text else ""
            yield f"{key}: a list of values needs -m{listed}"
            return
        if override.is_hydra_override():
            yield f"{key}: Hydra's own settings cannot be searched"
            return
    if is_group(override, loader):
        yield from _check_choice(override, loader)
        if key == "sweep" and not multirun:
            yield f"{text} chooses how to search: that needs -m"
    elif key in INNER and isinstance(override.value(), str):
        yield f"{key} is a group inside a group: write {INNER[key]}={override.value()}"
    elif "/" in key or override.package is not None:
        yield f"unknown group {key}{did_you_mean(key, list_groups(loader))}"


def _check_choice(override: Override, loader: ConfigLoaderImpl) -> Iterator[str]:
    group = override.key_or_group
    choices = options(loader, group)
    if override.is_delete():
        return
    if override.is_force_add():
        yield f"{group} is a group: write +{group}=choice to add, {group}=choice to choose"
        return
    value = override.value()
    if override.is_range_sweep():
        yield f"{group} is a group: a range of numbers chooses none of it"
        return
    if override.is_sweep_override():
        chosen = [name for item in swept(override) for name in (in_list(item) if group == "callback" else [item])]
        if not chosen:
            yield f"{group}: nothing matches {override.get_value_string()}{did_you_mean('', choices)}"
    else:
        chosen = list(map(str, value)) if isinstance(value, list) else [str(value)]
        if isinstance(value, list) and group != "callback":
            names = ",".join(chosen)
            yield f"{group} takes one choice: to train each of them write -m {group}={names}"
            return
        if value is None:
            yield f"{group}=null is no choice: to leave the group out write ~{group}"
            return
    for name in chosen:
        if name not in choices:
            yield no_choice(group, name, choices)


def swept(override: Override) -> list[str]:
    """Return every value of a sweep, as text that Hydra reads back."""
    if isinstance(override._value, Glob):
        return list(map(str, override.sweep_iterator()))
    return list(override.sweep_string_iterator())


def in_list(value: str) -> list[str]:
    """Return the names in a value of a sweep of callbacks: one, or a list of them."""
    return [name.strip(" '\"") for name in value.strip("[]").split(",")]


def options(loader: ConfigLoaderImpl, group: str) -> list[str]:
    """Return the choices of a group, wherever on the search path."""
    return sorted(loader.repository.get_group_options(group, ObjectType.CONFIG))


def list_groups(loader: ConfigLoaderImpl) -> list[str]:
    """Return the groups that there are, Hydra's included."""
    inner = [f"hydra/{name}" for name in loader.repository.get_group_options("hydra", ObjectType.GROUP)]
    return [*GROUPS, *inner]
