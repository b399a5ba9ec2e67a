"""Composing once, hopefully; and if Hydra refuses, finding out which of the user's words it was."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.compose import compose as hydra_compose
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, MissingConfigException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runner.check.facts import GROUPS
from runner.check.frame import shown
from runner.check.override import in_list, is_group, list_groups, options, swept
from runner.check.problem import Problem
from runner.check.source import config_file
from runner.check.suggest import did_you_mean, nearest
from runner.vocabulary.own import no_choice
from runner.vocabulary.quoted import quoted

Refusal = (HydraException, OmegaConfBaseException, yaml.YAMLError, ValueError, TypeError, OSError)
"""What Hydra raises for a user's mistake, one way or another."""


def for_hydra(overrides: Sequence[Override], loader: ConfigLoaderImpl, name: str) -> list[str]:
    """Return overrides in the form that does what the user means.

    A value gets ``++``: no key has to be there yet, since the signatures say which keys there are. And the choices of
    callbacks become one list, because of ``callback=record +callback=ema`` Hydra would drop the second silently.

    Args:
        overrides: Of the command.
        loader: Set up for it.
        name: The primary configuration, which may choose callbacks itself.
    """
    chosen = [o for o in overrides if o.key_or_group == "callback" and names_of(o)]
    if adds := any(o.is_add() for o in overrides if o.key_or_group == "callback"):  # then a search's lists add up too
        chosen += [o for o in overrides if o.key_or_group == "callback" and o.is_sweep_override()]
    texts = [_forced(o, loader) for o in overrides if o not in chosen]
    texts += [f"++{key}={value}" for key, value in of_debug(overrides, loader).items()]
    if not chosen:
        return texts
    given = [o for o in chosen if not o.is_add()][-1:]
    before = _overridden(overrides, loader, name) if adds and not given else None
    added = [_alternatives(o) for o in chosen if o.is_add()]
    lists = [
        dict.fromkeys([*(before or []), *itertools.chain(*names)])
        for names in itertools.product(*map(_alternatives, given), *added)
    ]
    value = ",".join(f"[{','.join(map(quoted, names))}]" for names in lists)
    return [f"{'+' if not given and before is None else ''}callback={value}", *texts]


def _overridden(overrides: Sequence[Override], loader: ConfigLoaderImpl, name: str) -> list[str] | None:
    """Return the callbacks that a recipe chooses with ``override``, which to Hydra counts more than what is added.

    None if it leaves the choice to what it inherits, or cannot be composed.
    """
    parts = [o for o in overrides if o.key_or_group != "callback" and not o.is_sweep_override() and is_group(o, loader)]
    texts = [o.input_line or "" for o in parts]
    try:
        found = loader.compute_defaults_list(name, texts, RunMode.MULTIRUN).overrides.override_choices
    except Refusal:
        return None  # who composes is told
    if "callback" not in found:
        return None
    names = found["callback"]
    return [names] if isinstance(names, str) else list(names or [])


def _alternatives(override: Override) -> list[list[str]]:
    """Return the callbacks that a word chooses; of a search's list, those of each of its elements."""
    return [in_list(value) for value in swept(override)] if override.is_sweep_override() else [names_of(override)]


def of_debug(overrides: Sequence[Override], loader: ConfigLoaderImpl) -> dict[str, int]:
    """Return what a debug preset of the command says of root keys: a recipe's own epochs do not undo ``debug=smoke``.

    What the command itself says of them counts.
    """
    typed = {override.key_or_group for override in overrides}
    names = [name for o in overrides if o.key_or_group == "debug" for name in names_of(o)]
    loaded = loader.repository.load_config(f"debug/{names[-1]}") if names else None
    said = {} if loaded is None else OmegaConf.to_container(loaded.config)
    assert isinstance(said, dict)
    return {str(key): value for key, value in said.items() if isinstance(value, int) and key not in typed}


def names_of(override: Override) -> list[str]:
    """Return the choices that an override names one by one."""
    value = None if override.is_sweep_override() or override.is_delete() else override.value()
    return list(map(str, value)) if isinstance(value, list) else [value] if isinstance(value, str) else []


def _forced(override: Override, loader: ConfigLoaderImpl) -> str:
    text = override.input_line or ""
    if override.is_delete() or override.is_hydra_override() or is_group(override, loader):
        return text
    return f"++{text.lstrip('+')}"


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
    for cause in _chain(error):
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
            return Problem(_no_choice(group, choice, loader), _line_of(loader, name, choice))
        return Problem(
            f"no configuration {wanted}{did_you_mean(wanted, options(loader, ''))}", _line_of(loader, name, wanted)
        )
    if found := re.search(r"Could not override '([^']+)'", str(error)):
        key = found[1]
        near = nearest(key, list_groups(loader))
        hint = f"did you mean {near}?" if near and near != key else f"the groups are {', '.join(GROUPS)}"
        return Problem(f"no group {key} to override in the defaults list: {hint}", _line_of(loader, name, key))
    return Problem(first_line(error), shown_name(loader, name))


def _no_choice(group: str, choice: str, loader: ConfigLoaderImpl) -> str:
    choices = options(loader, group)
    if not choices:
        return f"no group {group}{did_you_mean(group, list_groups(loader))}"
    return no_choice(group, choice, choices)


def shown_name(loader: ConfigLoaderImpl, name: str) -> str:
    """Return the file of a configuration as the user would type it."""
    path = config_file(loader, name)
    return shown(path) if path else name


def _line_of(loader: ConfigLoaderImpl, name: str, word: str) -> str:
    """Return file:line of the defaults list, of this file or of one that it inherits, that says ``word``."""
    for path in _lineage(loader, name, set()):
        try:
            root = yaml.compose(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, OSError):
            continue
        for line in _lines_with(root, word):
            return f"{shown(path)}:{line}"
    return shown_name(loader, name)


def _lineage(loader: ConfigLoaderImpl, name: str, seen: set[Path]) -> Iterator[Path]:
    path = config_file(loader, name)
    if path is None or path in seen:
        return
    seen.add(path)
    yield path
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, OSError):
        return
    for item in loaded.get("defaults") or [] if isinstance(loaded, dict) else []:
        if isinstance(item, str) and item != "_self_":
            yield from _lineage(loader, item.lstrip("/"), seen)


def _lines_with(root: yaml.Node | None, word: str) -> Iterator[int]:
    for key, value in root.value if isinstance(root, yaml.MappingNode) else []:
        if key.value != "defaults":
            continue
        for node in _scalars(value):
            if word in node.value.split():
                yield node.start_mark.line + 1


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(key)
            yield from _scalars(value)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def first_line(error: BaseException) -> str:
    """Return the first line that an error, or its cause, has to say."""
    for cause in _chain(error):
        if text := str(cause).strip():
            return text.splitlines()[0]
    return type(error).__name__
