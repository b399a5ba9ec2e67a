"""What a configuration, as plain values, names: the targets in it at any depth, and the texts that stand for others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from runner.secret import MASK
from runner.trust.refused import LOOKING_UP

ENVIRONMENT = re.compile(r"\$\{oc\.env:([A-Za-z_][A-Za-z0-9_]*)(?:,[^${}]*)?\}")
"""A variable of the environment, with or without a default."""
REFERENCE = re.compile(r"\$\{([\w.\[\]]+)\}")
"""Another key."""


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that holds no others, with its dotted key; keys too may be texts that stand for others."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list | tuple):
        for index, value in enumerate(node):
            yield from leaves(value, f"{path}[{index}]")
    else:
        yield path, node


def targets(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield everything that would be called or looked up by name, with its dotted key.

    Whatever surrounds it: mappings, lists, ``_args_``, nodes that are partial or not recursive.
    """
    if isinstance(node, Mapping):
        if "_target_" in node:
            yield f"{path}._target_" if path else "_target_", node["_target_"]
            if isinstance(node["_target_"], str) and node["_target_"] in LOOKING_UP:
                yield from ((f"{path}.{key}", name) for key, name in leaves(node) if key != "_target_")
        for key, value in node.items():
            yield from targets(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list | tuple):
        for index, value in enumerate(node):
            yield from targets(value, f"{path}[{index}]")


def interpolations(node: Any) -> Iterator[tuple[str, str, set[str]]]:
    """Yield texts that more than another key is needed for: their key, the text, and the variables that they read.

    No variables: a resolver that is none of the environment's. What could be one counts as one.
    """
    for path, value in leaves(node):
        if isinstance(value, str) and ":" in value.partition("${")[2]:
            variables = {found[1] for found in ENVIRONMENT.finditer(value)}
            rest = ENVIRONMENT.sub("", value)
            yield path, value, set() if "${" in rest else variables


def unlike_a_run(node: Any) -> list[str]:
    """Return the keys of a configuration whose texts stand for others as in none that a run has written down.

    A run writes what it has resolved, but for what the environment says and for texts that lead to a secret. Those
    name keys whose own texts lead no further: else a few of them could stand for any length.
    """
    found = {key: value for key, value in leaves(node) if isinstance(value, str)}

    def at(key: str) -> str:
        """Return the text that a key leads to, through others that stand for nothing but one more."""
        seen: set[str] = set()
        while key not in seen and (one := REFERENCE.fullmatch(found.get(key, ""))):
            seen.add(key)
            key = one[1]
        return found.get(key, "")

    def usual(key: str) -> bool:
        text = at(key)
        leads_to = [at(name) for name in REFERENCE.findall(text)]
        if text == MASK or "${oc.env:" in text:
            return True
        return (
            "${" not in REFERENCE.sub("", text)
            and not any(REFERENCE.search(one) for one in leads_to)
            and any(one == MASK or "${oc.env:" in one for one in leads_to)
        )

    return [key for key, text in found.items() if "${" in text and not usual(key)]
