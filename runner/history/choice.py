"""Which choice of a group a recorded configuration is: ``model=resnet18``, where only its keys were written down."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from runner.check.facts import PARTS
from runner.home import CONF


def choices_of(
    config: Mapping[str, Any], typed: Iterable[str] = (), noted: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the name of the choice of each group.

    Args:
        config: Of a run.
        typed: Its overrides: one that names a choice is right, the last one of all; but not if what it chose was
            then replaced by another target.
        noted: What the run knew itself to be composed of, by a recipe, say, or by the dataset.
    """
    said = {key.lstrip("+"): value for key, equals, value in (word.partition("=") for word in typed) if equals}
    return {
        group: named(group, config[group])
        if f"{group}._target_" in said
        else said.get(group) or (noted or {}).get(group) or named(group, config[group])
        for group in PARTS
        if isinstance(config.get(group), Mapping)
    }


def named(group: str, node: Mapping[str, Any]) -> str:
    """Return the packaged choice that a node was made from: of those with its target the one with most of its values.

    A part of the user's own has the name of its class or function.
    """
    target = str(node.get("_target_", ""))
    alike = {name: keys for name, keys in _packaged(group).items() if keys.get("_target_") == target}
    if not alike:
        return target.rpartition(".")[2] or "?"

    def same(name: str) -> tuple[int, int]:
        return sum(node.get(key) == value for key, value in alike[name].items()), -len(alike[name])

    return max(alike, key=same)


@functools.cache
def _packaged(group: str) -> dict[str, dict[str, Any]]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = {}
    for path in sorted((CONF / group).glob("*.yaml")):
        keys = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
        found[path.stem] = keys if isinstance(keys, dict) else {}
    return found
