"""A configuration as a recipe: parts by their names, and every value that differs from theirs."""

from __future__ import annotations

import shlex
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf, open_dict

from runner.check.facts import GROUPS, PARTS
from runner.check.frame import shown
from runner.check.settle import settle
from runner.home import CONF
from runner.recorded import describe, flat
from runner.secret import MASK, masked
from runner.trust.tree import unlike_a_run

Tree = dict[str, Any]


def of_run(folder: Path, cfg: DictConfig, path: Path) -> str:
    """Return the text of a recipe that trains a run again: its choices and its values.

    Args:
        folder: Of the run.
        cfg: What it trained with.
        path: Where the recipe will be.
    """
    found = describe(folder)
    day = time.strftime("%Y-%m-%d", time.gmtime())
    told = found["status"] if found["value"] is None else f"{found['objective']} {found['value']:.6g} (one seed)"
    return recipe(masked(cfg), [f"run {found['run']}: {told}, {day} (UTC)", f"  runner {shlex.quote(shown(path))}"])


def copied(cfg: DictConfig, folder: Path) -> DictConfig:
    """Return a run's recorded configuration if it is as runs write theirs.

    Raises:
        ValueError: It has texts that would have to be computed.
    """
    if odd := unlike_a_run(OmegaConf.to_container(cfg, resolve=False)):
        raise ValueError(f"{folder / 'config.yaml'} is not as a run writes it: {', '.join(odd)}")
    return cfg


def recipe(wanted: Tree, heading: list[str], said: Iterable[str] = ()) -> str:
    """Return the text of a recipe that composes to a configuration.

    It is composed to see whether it does. What differs goes into its body; a part that has lost keys, which YAML
    cannot take away, is written out without the packaged one.

    Args:
        wanted: The configuration, as a run writes it down.
        heading: Comment lines.
        said: Keys whose values are said even where the packaged part has the same: those that were searched.
    """
    wanted = {key: value for key, value in wanted.items() if key not in ("hydra", "sweep")}
    chosen = {group: nearest_choice(group, wanted.get(group)) for group in PARTS}
    body: Tree = {group: wanted[group] for group in PARTS if chosen[group] is None and group in wanted}
    for key in said:
        body = merge(body, picked(wanted, key.split(".")))
    secrets = [key for key, value in flat(wanted).items() if value == MASK]
    notes = [f"{key} is a secret that was not written down: give it again" for key in secrets]
    while True:
        text = written([*heading, *notes], chosen, wanted.get("callback") or {}, body)
        change, lost = difference(wanted, composed(text))
        merged = merge(body, change)
        for group in lost:
            if chosen.get(group):
                chosen[group] = None
                merged[group] = wanted[group]
            elif group not in PARTS:
                merged[group] = wanted.get(group)  # a root key that was deleted: nothing is what comes nearest
        if merged == body:  # usually there is nothing left to change; else nothing more can be done
            return text
        body = merged


def picked(tree: Tree, path: list[str]) -> Tree:
    """Return the nested mapping of one value alone; nothing if there is none, or if it is a part."""
    value: Any = tree
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return {}
        value = value[name]
    if (isinstance(value, dict) and "_target_" in value) or value == MASK:
        return {}
    for name in reversed(path):
        value = {name: value}
    return dict(value)


def nearest_choice(group: str, node: Any) -> str | None:
    """Return the packaged choice of a group that a node of a configuration is most like; None: none has its target."""
    if not isinstance(node, dict) or "_target_" not in node:
        return None
    has = flat(node)

    def unlike(path: Path) -> tuple[int, str]:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
        values = flat({key: value for key, value in loaded.items() if key != "defaults"})
        return sum(str(has.get(key)) != str(value) for key, value in values.items()), path.stem

    target = node["_target_"]
    files = [
        path for path in (CONF / group).glob("*.yaml") if f"_target_: {target}\n" in path.read_text(encoding="utf-8")
    ]
    return min(map(unlike, files))[1] if files else None


def written(comments: list[str], chosen: Mapping[str, str | None], callbacks: Tree, body: Tree) -> str:
    """Return a recipe's text."""
    packaged = [name for name in callbacks if (CONF / "callback" / f"{name}.yaml").is_file()]
    lines = [f"# {line}" for line in comments]
    lines += ["defaults:", "  - /config"]
    lines += [f"  - override /{group}: {choice or 'null'}" for group, choice in chosen.items()]
    lines += [f"  - override /callback: [{', '.join(packaged)}]", "  - _self_", ""]
    plain = {key: value for key, value in body.items() if not isinstance(value, dict)}
    nested = {key: body[key] for key in [*GROUPS, *body] if isinstance(body.get(key), dict)}
    blocks = [
        OmegaConf.to_yaml(OmegaConf.create(part)) for part in (plain, *({k: v} for k, v in nested.items())) if part
    ]
    return "\n".join([*lines, *(f"{block}" for block in blocks)]).rstrip() + "\n"


def composed(text: str) -> Tree:
    """Return what a recipe composes to, as a run would write it down."""
    from runner.check.composition import compose
    from runner.command import Command
    from runner.compose import PackagedConf, hydra_for, of_training

    before = PackagedConf.folders
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "best.yaml"
            path.write_text(text, encoding="utf-8")
            command = Command(recipe=path)
            with hydra_for(command):
                cfg = compose(command.name, [])
    finally:
        PackagedConf.folders = before  # a search is under way that has its own
    settle(cfg, [])
    return masked(without_missing(of_training(cfg)))


def without_missing(cfg: DictConfig) -> DictConfig:
    """Return a configuration without the keys that only the user can give a value (``folder: ???``), changed in place.

    To a run's configuration they are one more difference: it has them, and what it was composed of has not.
    """
    for key in OmegaConf.missing_keys(cfg):
        path, _, last = key.rpartition(".")
        node = OmegaConf.select(cfg, path) if path else cfg
        with open_dict(node):
            del node[last]
    return cfg


def difference(wanted: Tree, got: Tree) -> tuple[Tree, set[str]]:
    """Return what has to be set in ``got``, nested, and the root keys that hold more than is wanted."""
    lost = {key.split(".")[0] for key in superfluous(wanted, got)}
    change = changed(wanted, got)
    return (change if isinstance(change, dict) else {}), lost


def changed(wanted: Tree, got: Tree) -> Tree:
    """Return the values of ``wanted`` that ``got`` lacks or has otherwise; secrets stay where they are."""
    found: Tree = {}
    for key, value in wanted.items():
        other = got.get(key)
        if isinstance(value, dict) and isinstance(other, dict) and value:
            if inner := changed(value, other):
                found[key] = inner
        elif value != MASK and (key not in got or value != other or type(value) is not type(other)):
            found[key] = value
    return found


def superfluous(wanted: Tree, got: Tree) -> list[str]:
    """Return the dotted keys of ``got`` that ``wanted`` does not have."""
    names = []
    for key, value in got.items():
        if key not in wanted:
            names += [key] if value is not None else []
        elif isinstance(value, dict) and isinstance(wanted[key], dict):
            names += [f"{key}.{name}" for name in superfluous(wanted[key], value)]
    return names


def merge(body: Tree, change: Tree) -> Tree:
    """Return a nested mapping with another one put over it."""
    merged = dict(body)
    for key, value in change.items():
        inner = merged.get(key)
        merged[key] = merge(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged
