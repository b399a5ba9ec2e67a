"""The values that a key's type names one by one."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from runner.check.value import shown, words
from runner.completion.candidate import Candidate, paths
from runner.vocabulary.key import Row


def values(row: Row, typed: str) -> Iterator[Candidate]:
    """Yield what a key may be: the values that its type names, what it is now, and files where it takes text.

    Args:
        row: The key.
        typed: Of the value, after the last comma or bracket of a list.
    """
    now = plain(row.value)
    named = dict.fromkeys(_named(row.annotation))
    kind = words(row.annotation) if row.annotation is not Any else ""
    if now is not None and now not in named:
        yield Candidate(now, f"as it is; {kind}".rstrip("; "))
    for name in named:
        yield Candidate(name, "as it is" if name == now else "")
    if "text" in kind or "path" in kind:
        yield from paths(typed) if typed else ()


def plain(value: Any) -> str | None:
    """Return a value as it would be typed, or None if it is nothing that one types."""
    if isinstance(value, str):
        return value if value and value != "???" and not set(value) & set(" '\"(){}$&;<>|*?") else None
    if isinstance(value, list):
        items = [plain(item) for item in value]
        return f"[{','.join(item for item in items if item)}]" if all(items) else None
    return None if isinstance(value, dict) else shown(value)


def _named(kind: Any) -> Iterator[str]:
    """Yield every single value in a type: of a Literal, true and false, null."""
    origin, args = get_origin(kind), get_args(kind)
    if kind is bool:
        yield from ("true", "false")
    elif kind is None or kind is type(None):
        yield "null"
    elif origin is Literal:
        yield from map(str, args)
    elif origin is Annotated:
        yield from _named(args[0])
    elif origin in (Union, types.UnionType):
        for arg in args:
            yield from _named(arg)
    elif origin in (list, tuple) and args:
        yield from (name for name in _named(args[0]) if name not in ("true", "false"))
