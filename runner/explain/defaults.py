"""The files that a configuration is composed of, in their order, and who chose each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import yaml
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.default_element import ConfigDefault, DefaultsTreeNode, GroupDefault, InputDefault
from hydra.core.override_parser.types import Override
from hydra.types import RunMode

from runner.check.frame import shown
from runner.check.meant import for_hydra
from runner.check.source import config_file
from runner.explain.choice import Choice, Choices, add_chosen, who_named
from runner.vocabulary.sketch import Loader


@dataclass(frozen=True)
class Layer:
    """One file's part in a composition.

    Attributes:
        name: In the search path, without ``.yaml``.
        package: The dotted key that its content goes to; empty: the root.
        file: None if it is in no file, like Hydra's own settings.
        why: Who brought it in; empty for the primary configuration.
    """

    name: str
    package: str
    file: Path | None
    why: str


@dataclass(frozen=True)
class Defaults:
    """What the defaults lists come to.

    Attributes:
        layers: In the order of composition: later ones win.
        choices: Of each group, the winning one last.
    """

    layers: list[Layer]
    choices: Choices


def read_defaults(
    loader: ConfigLoaderImpl, name: str, overrides: list[Override], typed: Mapping[str | None, str]
) -> Defaults:
    """Return the files of a composition that succeeds, and the choices that led to them.

    Args:
        loader: Of the command.
        name: The primary configuration.
        overrides: Of the command, valid ones.
        typed: How each of them was typed.
    """
    tree = loader.compute_defaults_list(name, for_hydra(overrides, loader, name), RunMode.RUN).defaults_tree
    reader = _Reader(loader)
    choices = reader.choices(tree)
    add_chosen(choices, overrides, typed, loader)
    return Defaults(list(reader.layers(tree, "", choices)), choices)


class _Reader:
    """Reads each configuration's defaults list once, with the lines of its entries."""

    def __init__(self, loader: ConfigLoaderImpl) -> None:
        self.loader = loader

    def entries(self, node: InputDefault) -> list[tuple[InputDefault, str]]:
        """Return the entries of a configuration's defaults list, and the place of each."""
        if node.is_virtual() or node.is_missing() or node.get_name() is None:
            return []
        loaded = self.loader.repository.load_config(node.get_config_path())
        listed = deepcopy(loaded.defaults_list or []) if loaded is not None else []
        places = self._places(node.get_config_path(), len(listed))
        for entry in listed:
            if not entry.is_self():
                entry.update_parent(node.get_group_path(), node.get_final_package())
        return list(zip(listed, places, strict=True))

    def _places(self, name: str, count: int) -> list[str]:
        path = config_file(self.loader, name)
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=Loader) if path is not None else None
        if path is not None and isinstance(root, yaml.MappingNode):
            for key, value in root.value:
                if key.value == "defaults" and len(value.value) == count:
                    return [f"{shown(path)}:{item.start_mark.line + 1}" for item in value.value]
        return [name] * count

    def choices(self, tree: DefaultsTreeNode) -> Choices:
        """Return what the files choose: an entry of its own first, then overrides, the outermost file's last."""
        given: dict[str, Choice] = {}
        overridden: Choices = {}
        for node in _outermost_first(tree):
            for entry, place in self.entries(node):
                if not isinstance(entry, GroupDefault) or entry.is_self():
                    continue
                key = entry.get_override_key()
                names = tuple(entry.get_options()) if entry.is_options() else (entry.get_name(),)
                value = tuple(name for name in names if name is not None)
                if entry.is_override():
                    overridden.setdefault(key, []).insert(0, Choice(key, value, place, "override", value))
                else:
                    given.setdefault(key, Choice(key, value, place, "default", value))
        keys = dict.fromkeys([*given, *overridden])
        return {key: [*([given[key]] if key in given else []), *overridden.get(key, [])] for key in keys}

    def layers(self, tree: DefaultsTreeNode | InputDefault, why: str, choices: Choices) -> Iterator[Layer]:
        """Yield the files below a node, in the order in which Hydra merges them."""
        if isinstance(tree, InputDefault) or not tree.children:
            node = tree if isinstance(tree, InputDefault) else tree.node
            if not (node.is_virtual() or node.is_deleted() or node.is_missing() or node.get_name() is None):
                yield self._layer(node, why)
            return
        entries = self.entries(tree.node)
        for child in tree.children:
            node = child if isinstance(child, InputDefault) else child.node
            if isinstance(child, InputDefault) and child.is_self():
                yield self._layer(tree.node, why)
            else:
                yield from self.layers(child, _why(node, entries, choices), choices)

    def _layer(self, node: InputDefault, why: str) -> Layer:
        name = node.get_config_path()
        return Layer(name, node.get_final_package(), config_file(self.loader, name), why)


def _why(node: InputDefault, entries: list[tuple[InputDefault, str]], choices: Choices) -> str:
    """Say who brought a file in: the last choice of its group, or the entry of the file that inherits it."""
    if isinstance(node, GroupDefault):
        made = choices.get(node.get_override_key())
        if made:
            return f"{made[-1]}, {made[-1].by}"
    for entry, place in entries:
        inherits = isinstance(entry, ConfigDefault) and not entry.is_self()
        if inherits and entry.get_config_path() == node.get_config_path():
            return f"inherited at {place}"
    name = str(node.get_name())
    for group, made in choices.items():  # one of a list, whose names have no entries of their own
        if group.partition("@")[0] == node.get_group_path() and name in made[-1].value:
            return f"{group}={name}, {who_named(made, name).by}"
    return ""


def _outermost_first(tree: DefaultsTreeNode | InputDefault) -> Iterator[InputDefault]:
    """Yield every file of a tree in the order in which Hydra takes their overrides: who comes first wins."""
    if isinstance(tree, InputDefault):
        if not tree.is_self():
            yield tree
        return
    yield tree.node
    for child in reversed(tree.children or []):
        yield from _outermost_first(child)
