"""One element of a list, which its file and line say as a whole: ``model.widths[1]``, or ``model.widths.1``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from runner.explain.replay import Key

ABSENT = object()
"""What a list has at an index beyond its end."""


def split_element(name: str, leaves: Mapping[Key, Any]) -> tuple[Key, tuple[int, ...]] | None:
    """Return a list's key, and the indexes of the element inside it; None if no list is meant.

    Args:
        name: As it is typed.
        leaves: Every value of the configuration.
    """
    lists = {".".join(key): key for key, value in leaves.items() if isinstance(value, list)}
    rest = re.sub(r"\[(\d+)\]", r".\1", name)
    indexes: list[int] = []
    while rest not in lists:
        rest, dot, last = rest.rpartition(".")
        if not dot or not last.isdecimal():
            return None
        indexes.insert(0, int(last))
    return (lists[rest], tuple(indexes)) if indexes else None


def element(value: Any, indexes: tuple[int, ...]) -> Any:
    """Return what is inside a list, or inside the lists in it; ``ABSENT`` where there is nothing."""
    for index in indexes:
        if not isinstance(value, list) or index >= len(value):
            return ABSENT
        value = value[index]
    return value
