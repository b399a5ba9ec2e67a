"""The line of a YAML file that a word of Hydra's stands in: of the recipe, or of what it builds on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml
from hydra._internal.config_loader_impl import ConfigLoaderImpl

from runner.check.frame import shown
from runner.check.source import config_file


def line_of(loader: ConfigLoaderImpl, name: str, word: str) -> str:
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


def shown_name(loader: ConfigLoaderImpl, name: str) -> str:
    """Return the file of a configuration as the user would type it."""
    path = config_file(loader, name)
    return shown(path) if path else name
