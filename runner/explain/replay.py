"""Composing again, layer by layer, with a memory: who wrote each key, and what was there before.

It follows what OmegaConf's merge does with plain values: a mapping is merged, everything else replaces, ``???``
leaves alone what is there. That the end is what Hydra composed is for the tests to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from omegaconf._utils import get_yaml_loader

from runner.explain.defaults import Layer

Key = tuple[str, ...]
MISSING = "???"
GONE = object()
"""The value of a key that was deleted."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a key.

    Attributes:
        value: What it has been since, interpolations as they are written; ``GONE`` if it was deleted.
        place: file:line, or the word of the command.
        why: What brought that in.
    """

    value: Any
    place: str
    why: str = ""


class Replay:
    """The state of a composition: every leaf that there is, and every key's history."""

    def __init__(self) -> None:
        self.leaves: dict[Key, Any] = {}
        self.history: dict[Key, list[Event]] = {}

    def add(self, layer: Layer, fallback: Any, shown: str) -> None:
        """Merge a file.

        Args:
            layer: Which, and where its content goes.
            fallback: Its content as plain values, if it is in no file.
            shown: How to name it.
        """
        at = tuple(layer.package.split(".")) if layer.package else ()
        if layer.file is None:
            self.put(at, fallback, shown, layer.why)
            return
        loader = get_yaml_loader()(layer.file.read_text(encoding="utf-8"))
        try:
            root = loader.get_single_node()
            if isinstance(root, yaml.MappingNode):
                for key, value, line in _items(loader, root):
                    if key != "defaults":
                        self._put_node(loader, (*at, key), value, f"{shown}:{{}}", layer.why, line)
        finally:
            loader.dispose()

    def _put_node(self, loader: Any, key: Key, node: yaml.Node, place: str, why: str, line: int) -> None:
        if isinstance(node, yaml.MappingNode) and node.value:
            self._open(key, place.format(line), why)
            for inner, value, inner_line in _items(loader, node):
                self._put_node(loader, (*key, inner), value, place, why, inner_line)
        else:
            self.put(key, loader.construct_object(node, deep=True), place.format(line), why)

    def put(self, key: Key, value: Any, place: str, why: str = "") -> None:
        """Write a value, as a merge does."""
        if isinstance(value, Mapping) and value:
            self._open(key, place, why)
            for inner, item in value.items():
                self.put((*key, str(inner)), item, place, why)
            return
        around = self._list_around(key)
        if around is not None:
            changed = _with(self.leaves[around], key[len(around) :], value)
            self.put(around, changed, place, why)
            return
        inside = list(self.inside(key))
        if value == {} and (inside or isinstance(self.leaves.get(key), dict)):
            return  # merging nothing
        if isinstance(value, str) and value == MISSING and (inside or key in self.leaves):
            return
        self._open(key[:-1], place, why)
        for inner_key in inside:
            self._note(inner_key, GONE, place, why)
        self.leaves[key] = value
        self.history.setdefault(key, []).append(Event(value, place, why))

    def delete(self, key: Key, place: str, why: str = "") -> None:
        """Take a key away, and what is inside it."""
        for gone in [*self.inside(key), *([key] if key in self.leaves else [])]:
            self._note(gone, GONE, place, why)
        parent = key[:-1]
        if parent and parent not in self.leaves and not any(self.inside(parent)):
            self.leaves[parent] = {}
            self.history.setdefault(parent, []).append(Event({}, place, why))

    def inside(self, key: Key) -> Iterator[Key]:
        """Yield the leaves below a key."""
        return (leaf for leaf in list(self.leaves) if len(leaf) > len(key) and leaf[: len(key)] == key)

    def _open(self, key: Key, place: str, why: str) -> None:
        """Let there be a mapping at a key, whatever was there."""
        for length in range(1, len(key) + 1):
            if self.leaves.pop(key[:length], {}) != {}:  # an empty mapping is only filled
                self.history[key[:length]].append(Event({}, place, why))

    def _note(self, key: Key, value: Any, place: str, why: str) -> None:
        self.leaves.pop(key, None)
        self.history.setdefault(key, []).append(Event(value, place, why))

    def _list_around(self, key: Key) -> Key | None:
        for length in range(1, len(key)):
            if isinstance(self.leaves.get(key[:length]), list):
                return key[:length]
        return None


def _items(loader: Any, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, int]]:
    """Yield a mapping's keys, values and lines, merge keys (``<<``) flattened."""
    loader.flatten_mapping(node)
    for key, value in node.value:
        yield str(loader.construct_object(key)), value, key.start_mark.line + 1


def _with(items: list[Any], path: Key, value: Any) -> list[Any]:
    """Return a list with one element replaced, which may lie deeper inside."""
    changed, index = list(items), int(path[0])
    if len(path) == 1:
        changed[index] = value
    elif isinstance(changed[index], list):
        changed[index] = _with(changed[index], path[1:], value)
    else:
        changed[index] = _within(changed[index], path[1:], value)
    return changed


def _within(mapping: Any, path: Key, value: Any) -> Any:
    inner = mapping.get(path[0], {}) if isinstance(mapping, Mapping) else {}
    return {**(mapping or {}), path[0]: value if len(path) == 1 else _within(inner, path[1:], value)}
