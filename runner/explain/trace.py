"""A command's composition with its memory: the files, then the words of the command, then what settling changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf
from omegaconf._utils import split_key

from runner.check.composition import compose_or_explain
from runner.check.examine import problems_of
from runner.check.frame import shown
from runner.check.meant import of_debug
from runner.check.override import is_group, read_overrides
from runner.check.problem import Problem
from runner.check.settle import settle
from runner.check.source import locate
from runner.command import Command
from runner.explain.choice import COMMAND
from runner.explain.defaults import Defaults, read_defaults
from runner.explain.replay import Key, Replay
from runner.sweep.grammar import first


@dataclass(frozen=True)
class Trace:
    """A composed configuration that remembers.

    Attributes:
        cfg: Composed and settled, Hydra's node included.
        replay: Every key's history.
        defaults: The files and the choices.
        searched: The lists and ranges of a search, by key: the configuration has the first value of each.
        multirun: It is a search.
    """

    cfg: DictConfig
    replay: Replay
    defaults: Defaults
    searched: dict[str, str]
    multirun: bool


def trace(command: Command, loader: ConfigLoaderImpl) -> tuple[Trace | None, list[Problem]]:
    """Compose a command and remember how; or return what is wrong with its words.

    A configuration that could not be trained is looked at all the same: that may be why one asks. A mistyped command
    is not.
    """
    # files are asked for three times, by two compositions and by the search for their lines: each is read once
    loader.repository = CachingConfigRepository(loader.repository)  # type: ignore[assignment]
    words = read_overrides(command.overrides, loader, command.multirun)
    searched = {o.key_or_group: o.get_value_string() for o in words.good if o.is_sweep_override()}
    firsts = [_first(override, loader) for override in words.good]
    cfg, applied, refused = compose_or_explain(command.name, firsts, loader)
    problems = [*words.problems, *refused]
    if problems or cfg is None:
        return None, problems
    typed = {one.input_line: given.input_line or "" for one, given in zip(firsts, words.good, strict=True)}
    defaults = read_defaults(loader, command.name, applied, typed)
    replay = Replay()
    for layer in defaults.layers:
        content = None if layer.file else _content(loader, layer.name)
        replay.add(layer, content, shown(layer.file) if layer.file else f"Hydra's own {layer.name}")
    for key, value in of_debug(applied, loader).items():
        if replay.leaves.get((key,)) != value:
            replay.put((key,), value, next(typed[o.input_line] for o in applied if o.key_or_group == "debug"), COMMAND)
    for override in applied:
        _apply(replay, override, typed[override.input_line], loader)
    before = leaves(cfg)
    settle(cfg, [override.input_line or "" for override in applied])
    _settled(replay, before, leaves(cfg), cfg)
    if mistyped := _mistyped(cfg, loader, command, applied):
        return None, mistyped
    return Trace(cfg, replay, defaults, searched, command.multirun), []


def _mistyped(cfg: DictConfig, loader: ConfigLoaderImpl, command: Command, applied: list[Override]) -> list[Problem]:
    """Return what is wrong with the words of the command, not with files."""
    words = {override.input_line for override in applied}
    wrong = locate(problems_of(cfg, deep=False), loader, command.name, applied) if words else []
    return [problem for problem in wrong if problem.place in words]


def _first(override: Override, loader: ConfigLoaderImpl) -> Override:
    """Return an override with the first of its values, if it is a search's."""
    if not override.is_sweep_override():
        return override
    return read_overrides((f"{override.get_key_element()}={first(override)}",), loader, multirun=True).good[0]


def _content(loader: ConfigLoaderImpl, name: str) -> Any:
    loaded = loader.repository.load_config(name)
    content = OmegaConf.to_container(loaded.config, resolve=False) if loaded is not None else {}
    return {key: value for key, value in content.items() if key != "defaults"} if isinstance(content, dict) else {}


def _apply(replay: Replay, override: Override, text: str, loader: ConfigLoaderImpl) -> None:
    """Apply a value or a deletion of the command, typed as ``text``; choices are in the layers already."""
    key = tuple(split_key(override.key_or_group))
    if is_group(override, loader):
        return
    if override.is_delete():
        replay.delete(key, text, COMMAND)
    else:
        replay.put(key, _plain(override.value()), text, COMMAND)


def _plain(value: Any) -> Any:
    """Return a value of the command as a configuration holds it: quotes are gone."""
    holder = OmegaConf.create({"value": value})
    plain = OmegaConf.to_container(holder, resolve=False)
    assert isinstance(plain, dict)
    return plain["value"]


def leaves(cfg: DictConfig) -> dict[Key, Any]:
    """Return every value of a configuration that is no mapping, and empty ones, interpolations as they are written."""
    found: dict[Key, Any] = {}

    def visit(value: Any, key: Key) -> None:
        if isinstance(value, dict) and value:
            for name, inner in value.items():
                visit(inner, (*key, str(name)))
        else:
            found[key] = value

    visit(OmegaConf.to_container(cfg, resolve=False), ())
    return found


def _settled(replay: Replay, before: dict[Key, Any], after: dict[Key, Any], cfg: DictConfig) -> None:
    """Note what settling took away or changed."""
    for key in before:
        if key not in after:
            target = OmegaConf.select(cfg, ".".join([*key[:-1], "_target_"]), throw_on_missing=False)
            replay.delete(key, f"the signature of {target}", "it has no such key")
    for key, value in after.items():
        if key in before and before[key] != value:
            replay.put(key, value, f"what {before[key]} means")
