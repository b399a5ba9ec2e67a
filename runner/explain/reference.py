"""What an interpolation refers to: other keys, variables of the environment, resolvers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runner.explain.replay import Key

NODE = re.compile(r"\$\{\s*(\.*[\w@/-]+(?:[.\[][\w@/\]-]+)*|\.+)\s*\}")
RESOLVER = re.compile(r"\$\{\s*([\w.]+)\s*:([^${}]*)")


@dataclass(frozen=True)
class Reference:
    """One thing that a value refers to.

    Attributes:
        text: As it is written.
        key: The key that is meant; None for a resolver.
        about: What a resolver does.
    """

    text: str
    key: Key | None
    about: str = ""


def references(value: object, key: Key) -> list[Reference]:
    """Return what a value refers to.

    Args:
        value: As it is written; lists are searched too.
        key: Where it stands: dots at the beginning of an interpolation are relative to that.
    """
    if isinstance(value, list):
        return [found for item in value for found in references(item, (*key, "0"))]
    if not isinstance(value, str):
        return []
    keys = [Reference(match[0], _absolute(match[1], key)) for match in NODE.finditer(value)]
    return [*keys, *(Reference(f"{match[0]}}}", None, _says(*match.groups())) for match in RESOLVER.finditer(value))]


def _absolute(text: str, key: Key) -> Key:
    """Return the key that ``a.b[0]`` or ``..b`` means: one dot is the mapping around the value."""
    bare = text.lstrip(".")
    dots = len(text) - len(bare)
    parts = tuple(part for part in re.split(r"[.\[\]]+", bare) if part)
    return (*key[: len(key) - dots], *parts) if dots else parts


def _says(name: str, argument: str) -> str:
    if name == "oc.env":
        variable, comma, default = argument.partition(",")
        fallback = f", or {default.strip()}" if comma else ""
        return f"the environment variable {variable.strip()}{fallback}"
    return f"the resolver {name}"
