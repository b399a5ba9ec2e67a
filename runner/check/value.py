"""Holding a value against a type, strictly, in words for people.

Written out instead of left to pydantic, whose import alone takes longer than all of this check, and whose words are
for programmers. Strict: true is no number, "3" is no number; a whole number is fine where a number is wanted.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen, MultipleOf

from runner.check.suggest import nearest

Fault = tuple[str, str]
"""Where inside the value (``[1]``, ``.name``) and what is wrong there."""

PLAIN: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    bool: ("true or false", lambda v: isinstance(v, bool)),
    int: ("a whole number", lambda v: isinstance(v, int) and not isinstance(v, bool)),
    float: ("a number", lambda v: isinstance(v, int | float) and not isinstance(v, bool)),
    str: ("text", lambda v: isinstance(v, str)),
    Path: ("a path", lambda v: isinstance(v, str | Path)),
    None: ("null", lambda v: v is None),
    type(None): ("null", lambda v: v is None),
}
LISTS = (list, tuple, set, frozenset, Sequence, Iterable, Collection)
BOUNDS: dict[type, tuple[str, str, Callable[[Any, Any], bool]]] = {
    Gt: (">", "gt", lambda value, bound: value > bound),
    Ge: (">=", "ge", lambda value, bound: value >= bound),
    Lt: ("<", "lt", lambda value, bound: value < bound),
    Le: ("<=", "le", lambda value, bound: value <= bound),
    MultipleOf: ("a multiple of", "multiple_of", lambda value, bound: value % bound == 0),
    MinLen: ("of length >=", "min_length", lambda value, bound: len(value) >= bound),
    MaxLen: ("of length <=", "max_length", lambda value, bound: len(value) <= bound),
}
"""How each limit is written, where it keeps its number, and what it asks."""


def faults(value: Any, kind: Any) -> list[Fault]:
    """Return everything in which ``value`` is not of ``kind``; a kind that is not known takes anything."""
    origin, args = get_origin(kind), get_args(kind)
    if kind in PLAIN and _hashable(kind):
        return [] if PLAIN[kind][1](value) else [("", f"must be {words(kind)}, got {shown(value)}")]
    if origin is Annotated:
        found = faults(value, args[0])
        if found and not found[0][0]:  # of another type altogether: then the range is news too
            return [("", f"must be {words(kind)}, got {shown(value)}")]
        return found or _out_of_bounds(value, args[1:])
    if origin is Literal:
        return _not_among(value, args)
    if origin in (Union, types.UnionType):
        return _fits_none(value, kind, args)
    if kind in LISTS or origin in LISTS:
        return _in_list(value, kind, args)
    if kind in (dict, Mapping) or origin in (dict, Mapping):
        return _in_dict(value, kind, args)
    return []


def words(kind: Any, many: bool = False) -> str:
    """Return a type in words: ``a whole number >= 1``, ``a list of numbers or null``."""
    origin, args = get_origin(kind), get_args(kind)
    if _hashable(kind) and kind in PLAIN:
        word = PLAIN[kind][0]
        return f"{word.removeprefix('a ')}s" if many and word.startswith("a ") else word
    if origin is Annotated:
        return f"{words(args[0], many)} {bounds(args[1:])}".rstrip()
    if origin is Literal:
        return ("" if len(args) == 1 else "one of ") + ", ".join(map(str, args))
    if origin in (Union, types.UnionType):
        return " or ".join(words(arg, many) for arg in args)
    if kind in LISTS or origin in LISTS:
        inner = [arg for arg in args if arg is not Ellipsis][:1]
        of = f" of {words(inner[0], many=True)}" if inner and inner[0] is not Any else ""
        return f"lists{of}" if many else f"a list{of}"
    if kind in (dict, Mapping) or origin in (dict, Mapping):
        return "a mapping"
    return "anything" if kind is Any else getattr(kind, "__name__", str(kind))


def bounds(marks: Iterable[Any]) -> str:
    """Return the limits of a range in words: ``>= 0 and < 1``."""
    return " and ".join(f"{word} {limit}" for word, limit, _ in _limits(marks))


def _limits(marks: Iterable[Any]) -> list[tuple[str, Any, Callable[[Any, Any], bool]]]:
    known = [(BOUNDS[type(mark)], mark) for mark in marks if type(mark) in BOUNDS]
    return [(word, getattr(mark, name), holds) for (word, name, holds), mark in known]


def shown(value: Any) -> str:
    """Return a value as the user would write it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value) if len(repr(value)) < 60 else f"{repr(value)[:57]}..."


def _hashable(kind: Any) -> bool:
    return not isinstance(kind, list)


def _out_of_bounds(value: Any, marks: tuple[Any, ...]) -> list[Fault]:
    if not all(holds(value, limit) for _, limit, holds in _limits(marks)):
        return [("", f"must be {bounds(marks)}, got {shown(value)}")]
    if isinstance(value, float) and not isfinite(value):  # what has a range is computed with
        return [("", f"must be {bounds(marks)} and finite, got {shown(value)}")]
    return []


def _not_among(value: Any, choices: tuple[Any, ...]) -> list[Fault]:
    if any(value == choice and type(value) is type(choice) for choice in choices):
        return []
    near = nearest(str(value), [str(choice) for choice in choices])
    hint = f": did you mean {near}?" if near else ""
    return [("", f"must be one of {', '.join(map(str, choices))}, got {shown(value)}{hint}")]


def _fits_none(value: Any, kind: Any, choices: tuple[Any, ...]) -> list[Fault]:
    found = [faults(value, choice) for choice in choices]
    if not all(found):
        return []
    # what is wrong with the one that it nearly is says more than the list of all
    near = [fault for fault, choice in zip(found, choices, strict=True) if _is_nearly(value, choice, fault)]
    if len(near) == 1:
        return near[0]
    names = [str(one) for choice in choices if get_origin(choice) is Literal for one in get_args(choice)]
    name = nearest(value, names) if isinstance(value, str) else None
    return [("", f"must be {words(kind)}, got {shown(value)}" + (f": did you mean {name}?" if name else ""))]


def _is_nearly(value: Any, choice: Any, fault: list[Fault]) -> bool:
    """Tell whether a value is of a kind but for something inside it, or but for its range."""
    bare = get_args(choice)[0] if get_origin(choice) is Annotated else choice
    return bool(fault[0][0]) or (bare is not choice and not faults(value, bare))


def _in_list(value: Any, kind: Any, args: tuple[Any, ...]) -> list[Fault]:
    if not isinstance(value, list | tuple):
        return [("", f"must be {words(kind)}, got {shown(value)}")]
    if get_origin(kind) is tuple and args and args[-1] is not Ellipsis:
        if len(value) != len(args):
            return [("", f"must be a list of {len(args)}, got {shown(value)}")]
        inner: Sequence[Any] = args
    else:
        inner = [args[0] if args else Any] * len(value)
    pairs = enumerate(zip(value, inner, strict=True))
    return [(f"[{i}]{path}", text) for i, (item, one) in pairs for path, text in faults(item, one)]


def _in_dict(value: Any, kind: Any, args: tuple[Any, ...]) -> list[Fault]:
    if not isinstance(value, Mapping):
        return [("", f"must be {words(kind)}, got {shown(value)}")]
    inner = args[1] if len(args) == 2 else Any
    return [(f".{key}{path}", text) for key, item in value.items() for path, text in faults(item, inner)]
