"""A composition in a fraction of Hydra's time: defaults lists, packages and overrides of choices, and no more.

No interpolation is resolved and no value of the command is applied. ``tests/vocabulary`` holds its keys against
Hydra's for every choice and every recipe.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from runner.vocabulary.part import file_of

Tree = dict[str, Any]


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.1, in which ``1e-3`` is a number nevertheless, as in Hydra's files."""


Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][-+]?\d+)$"), list("-+.0123456789")
)


@dataclass(frozen=True)
class Entry:
    """An entry of a defaults list.

    Attributes:
        key: The group as an override names it; empty for ``_self_`` and for an inherited file.
        names: The choices, or the inherited file in the search path; empty: nothing is chosen.
        package: Where it goes; None: to where the file's header says, else to ``around``.
        around: See there.
        override: It changes a choice that is made elsewhere.
    """

    key: str
    names: tuple[str, ...]
    package: str | None
    around: str
    override: bool = False


def sketch(name: str, folders: tuple[Path, ...], chosen: Mapping[str, str]) -> tuple[Tree, dict[str, str]]:
    """Return a configuration as its files say, and the choice of each group in it.

    Args:
        name: The primary configuration.
        folders: The search path.
        chosen: Choices of the command, by group; several of one group with commas between.
    """
    reader = _Reader(folders, {key: tuple(value.split(",")) for key, value in chosen.items()})
    tree: Tree = {}
    reader.look(name, "", "")
    reader.add(tree, name, "", "")
    for key in chosen:
        if key not in reader.choices:  # a group that no defaults list has
            group, _, package = key.partition("@")
            for one in reader.overridden[key]:
                reader.add(tree, f"{group}/{one}", group, package or None, group.replace("/", "."))
    return tree, {key: ",".join(names) for key, names in reader.choices.items()}


def read(path: Path) -> tuple[Tree, str | None]:
    """Return a YAML file's mapping, and the package that its header names; empty if it cannot be read."""
    content, header = _read(path.absolute())  # whatever the working directory is the next time
    return dict(content), header


@functools.cache
def _read(path: Path) -> tuple[Tree, str | None]:
    try:
        text = path.read_text(encoding="utf-8")
        loaded = yaml.load(text, Loader=Loader)
    except (OSError, ValueError, yaml.YAMLError):
        return {}, None
    header = None
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        words = line.lstrip("# ").split()
        if words[:1] == ["@package"] and len(words) > 1:
            header = words[1]
    return (loaded if isinstance(loaded, dict) else {}), header


class _Reader:
    """Follows defaults lists down: once for who overrides what, as Hydra does last entries first, once to merge."""

    def __init__(self, folders: tuple[Path, ...], overridden: dict[str, tuple[str, ...]]) -> None:
        self.folders = folders
        self.overridden = overridden
        self.choices: dict[str, tuple[str, ...]] = {}

    def look(self, name: str, group: str, package: str | None, around: str = "", depth: int = 0) -> None:
        """Collect overrides of choices: who comes first, from the outside, wins."""
        _, entries, package = self._load(name, group, package, around, depth)
        for entry in entries:
            if entry is not None and entry.override:
                self.overridden.setdefault(entry.key, entry.names)
        for entry in reversed(entries):
            for below, its_group in self._names(entry):
                assert entry is not None
                self.look(below, its_group, entry.package, entry.around, depth + 1)

    def add(self, tree: Tree, name: str, group: str, package: str | None, around: str = "", depth: int = 0) -> None:
        """Merge a configuration into a tree.

        Args:
            tree: Changed.
            name: In the search path.
            group: Of the configuration: names in its defaults list are relative to it.
            package: Where its content goes; None: where its header says, else ``around``.
            around: See there.
            depth: How many files have led here.
        """
        content, entries, package = self._load(name, group, package, around, depth)
        for entry in entries:
            if entry is None:
                merge(_at(tree, package), content)
            for below, its_group in self._names(entry):
                assert entry is not None
                self.add(tree, below, its_group, entry.package, entry.around, depth + 1)
                if entry.key:
                    self.choices[entry.key] = self.overridden.get(entry.key, entry.names)
        if None not in entries:
            merge(_at(tree, package), content)

    def _load(
        self, name: str, group: str, package: str | None, around: str, depth: int
    ) -> tuple[Tree, list[Entry | None], str]:
        """Return a file's content, its defaults list, and where it goes."""
        path = file_of(name, self.folders) if depth < 20 else None  # deeper: a circle
        content, header = read(path) if path is not None else ({}, None)
        if package is None:
            package = around if header is None else header.removeprefix("_global_").lstrip(".")
        return content, list(_entries(content.pop("defaults", None), group, package)), package

    def _names(self, entry: Entry | None) -> list[tuple[str, str]]:
        """Return the configurations that an entry brings in, as it is or as it was overridden, and their groups."""
        if entry is None or entry.override:
            return []
        if not entry.key:
            return [(name, name.rpartition("/")[0]) for name in entry.names]
        group = entry.key.partition("@")[0]
        return [(f"{group}/{name}", group) for name in self.overridden.get(entry.key, entry.names)]


def _entries(listed: Any, group: str, package: str) -> Iterator[Entry | None]:
    """Yield what a defaults list says; None stands for ``_self_``."""
    for item in listed if isinstance(listed, list) else ():
        if item == "_self_":
            yield None
        elif isinstance(item, str):
            name, _, at = item.partition("@")
            inside = name.lstrip("/").rpartition("/")[0].replace("/", ".")
            around = _package(inside, package) if inside else package
            yield Entry("", (_absolute(name, group),), _package(at, package) if at else None, around)
        elif isinstance(item, dict) and len(item) == 1:
            ((key, value),) = item.items()
            yield _chosen(str(key), value, group, package)


def _chosen(key: str, value: Any, group: str, package: str) -> Entry:
    words = key.split()
    path, _, at = words[-1].partition("@")
    full = _absolute(path, group)
    place = _package(at or path.lstrip("/").replace("/", "."), package)
    name = full if place == full.replace("/", ".") else f"{full}@{place or '_global_'}"
    names = value if isinstance(value, list) else [] if value is None else [value]
    return Entry(name, tuple(map(str, names)), place if at else None, place, "override" in words[:-1])


def _absolute(name: str, group: str) -> str:
    return name.lstrip("/") if name.startswith("/") or not group else f"{group}/{name}"


def _package(written: str, around: str) -> str:
    """Return where a part goes: ``_global_`` is the root, anything else is inside the file's own package."""
    if written.startswith("_global_"):
        return written.removeprefix("_global_").lstrip(".")
    if written == "_here_":
        return around
    return f"{around}.{written}" if around else written


def _at(tree: Tree, package: str) -> Tree:
    for part in package.split(".") if package else ():
        inner = tree.get(part)
        if not isinstance(inner, dict):
            inner = tree[part] = {}
        tree = inner
    return tree


def merge(tree: Tree, more: Mapping[Any, Any]) -> None:
    """Merge a mapping into a tree, as Hydra does: mappings are merged, ``???`` changes nothing, all else replaces."""
    for key, value in more.items():
        name = str(key)
        if isinstance(value, dict):
            if not isinstance(tree.get(name), dict):
                tree[name] = {}
            merge(tree[name], value)
        elif value != "???" or name not in tree:
            tree[name] = value
