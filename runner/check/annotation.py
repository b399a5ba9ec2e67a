"""The types that a configuration can be held against, read from source text without running it."""

from __future__ import annotations

import ast
import builtins
import collections.abc
import pathlib
import typing
from typing import Any

import annotated_types

import runner.types
from runner.check.module import Module, Unreadable, load

KNOWN: dict[str, Any] = {
    name: value
    for home in (annotated_types, runner.types, collections.abc, typing)
    for name, value in vars(home).items()
    if not name.startswith("_")
}
KNOWN |= {name: getattr(builtins, name) for name in ("int", "float", "str", "bool", "list", "dict", "tuple", "set")}
KNOWN |= {"Path": pathlib.Path, "None": None, "object": Any}
"""What a name means in an annotation, whoever imported it; every other name is ``Any``: not checked."""


def read_annotation(module: Module, node: ast.expr | None) -> Any:
    """Return the type that an annotation means, ``Any`` where that cannot be told."""
    if node is None:
        return Any
    try:
        return _value(module, node)
    except (TypeError, ValueError, RecursionError, Unreadable):  # a subscript that its class does not take
        return Any


def _value(module: Module, node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=str() as text):
            return _value(module, ast.parse(text, mode="eval").body)
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return _name(module, name)
        case ast.Attribute(value=ast.Name(), attr=name):
            return KNOWN.get(name, Any)
        case ast.Tuple(elts=parts):
            return tuple(_value(module, part) for part in parts)
        case ast.List(elts=parts):
            return [_value(module, part) for part in parts]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return typing.Union[_value(module, left), _value(module, right)]  # noqa: UP007  # values, not types
        case ast.Subscript(value=base, slice=inside):
            return _subscript(module, _value(module, base), inside)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if hasattr(annotated_types, name):
            named = {k.arg: _literal(k.value) for k in keywords if k.arg}
            return KNOWN[name](*[_literal(arg) for arg in args], **named)
    return Any


def _name(module: Module, name: str) -> Any:
    statement = module.names.get(name)
    if isinstance(statement, ast.Assign):
        return _value(module, statement.value)
    if isinstance(statement, ast.ClassDef):
        return Any
    if name in KNOWN:
        return KNOWN[name]
    if isinstance(statement, ast.ImportFrom) and module.absolute(statement).startswith(f"{module.name.split('.')[0]}."):
        source = next(alias.name for alias in statement.names if (alias.asname or alias.name) == name)
        return _name(load(module.absolute(statement)), source)  # an alias in a neighbouring file
    return Any


def _subscript(module: Module, base: Any, inside: ast.expr) -> Any:
    if base is Any:
        return Any
    if base is typing.Literal:  # its strings are values, not forward references
        return base[_literal(inside)]
    return base[_value(module, inside)]


def _literal(node: ast.expr) -> Any:
    return ast.literal_eval(node)
