"""The keys of a part: what its YAML says, and what its signature says they may be."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runner.check.facts import FACTS, ROOT, SPECIAL
from runner.check.module import Unknown
from runner.check.signature import signature_at
from runner.home import CONF


@dataclass(frozen=True)
class Row:
    """One key.

    Attributes:
        key: With dots.
        value: By the YAML, else the signature's default; None if it has neither.
        annotation: What it may be, ``Any`` where that is not known.
        about: In words.
        nested: It is a mapping with a target of its own: its keys have rows of their own.
    """

    key: str
    value: Any
    annotation: Any = Any
    about: str = ""
    nested: bool = False


def keys_of_root(tree: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the keys outside any group."""
    for name, annotation in ROOT.items():
        yield Row(name, tree.get(name), annotation, about_root().get(name, ""))


@functools.cache
def about_root() -> dict[str, str]:
    """Return what the comments of the packaged configuration say of its root keys, which have no signature."""
    text = (CONF / "config.yaml").read_text(encoding="utf-8")
    said = dict(re.findall(r"^(\w+):.*?\s#\s*(.+)$", text, re.MULTILINE))
    return {name: said[name] for name in ROOT if name in said}


def keys_of_part(node: Mapping[str, Any], path: str) -> Iterator[Row]:
    """Yield the keys of a part, or of the parts by their names as callbacks are.

    Raises:
        ValueError: A target does not exist.
    """
    if "_target_" in node:
        yield from keys_of_node(node, path)
        return
    for name, inner in node.items():
        if isinstance(inner, Mapping):
            yield from keys_of_node(inner, f"{path}.{name}")


def keys_of_node(node: Mapping[str, Any], path: str) -> Iterator[Row]:
    """Yield the keys of a node with a target, and of the nodes inside it.

    Raises:
        ValueError: The target does not exist.
    """
    try:
        signature = signature_at(path, str(node.get("_target_")))
    except Unknown as error:
        raise ValueError(f"{path}._target_={node.get('_target_')}: {error}") from None
    known = {} if signature is None else signature.parameters
    yield Row(f"{path}._target_", node.get("_target_"))
    for name in dict.fromkeys([*known, *node]):
        if name in SPECIAL or name in FACTS.get(path, {}):
            continue
        parameter = known.get(name)
        value = node.get(name, parameter.default if parameter and not parameter.required else None)
        nested = isinstance(value, Mapping) and "_target_" in value
        annotation = Any if parameter is None or nested else parameter.annotation
        yield Row(f"{path}.{name}", value, annotation, parameter.doc if parameter else "", nested)
        if nested:
            yield from keys_of_node(value, f"{path}.{name}")
