"""The JSON Schema of a type: what ``runner.check.value`` lets through."""

from __future__ import annotations

import types
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen, MultipleOf

from runner.check.value import LISTS

Schema = dict[str, Any]

OPEN: Schema = {"$ref": "#/$defs/open"}
DEFINITION: Schema = {
    "$comment": "an interpolation, or ??? for what the command says",
    "type": "string",
    "pattern": r"\$\{|^\?\?\?$",
}
"""What may stand for any value: ``${epochs}``."""
EXPONENT = r"([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)[eE][-+]?[0-9]+"
JSON = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}

PLAIN: dict[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    Path: {"type": "string"},
    None: {"type": "null"},
    type(None): {"type": "null"},
}


def kind(annotation: Any) -> Schema:
    """Return the schema of a type; ``{}``, anything, for one that is not known."""
    origin, args = get_origin(annotation), get_args(annotation)
    if not isinstance(annotation, list) and annotation in PLAIN:
        return PLAIN[annotation]
    if origin is Annotated:
        return {**kind(args[0]), **_bounds(args[1:], kind(args[0]))}
    if origin is Literal:
        return {"enum": list(args), "examples": list(args)}
    if origin in (Union, types.UnionType):
        return _union([kind(arg) for arg in args])
    if annotation in LISTS or origin in LISTS:
        return _list(annotation, args)
    if annotation in (dict, Mapping) or origin in (dict, Mapping):
        inner = kind(args[1]) if len(args) == 2 else {}
        return {"type": "object", "additionalProperties": open_to(inner)} if inner else {"type": "object"}
    return {}


def open_to(schema: Schema, *others: Schema) -> Schema:
    """Return a schema that lets an interpolation stand for the value.

    Written as a condition: of ``anyOf`` a validator can only say that none of it holds, not what is wrong.

    Args:
        schema: Of the value.
        others: What else may stand for it.
    """
    if not schema:
        return {}
    stand_ins = [OPEN, *others, *([_numeral(schema)] if "number" in _types(schema) else [])]
    proposed = {"examples": schema["examples"]} if "examples" in schema else {}  # editors look no deeper for them
    return {**proposed, "if": {"anyOf": stand_ins} if len(stand_ins) > 1 else OPEN, "else": schema}


def _union(options: list[Schema]) -> Schema:
    """Return what is one of some schemas: where each is of types of its own, the type says which has to hold."""
    if {} in options:
        return {}
    named = [_types(option) for option in options]
    every = [name for names in named for name in names]
    if len({name.replace("integer", "number") for name in every}) < len(every):
        return {"anyOf": options}
    rules = [{"if": {"type": names}, "then": option} for names, option in zip(named, options, strict=True)]
    proposed = [value for option in options for value in option.get("examples", [])]
    return {**({"examples": proposed} if proposed else {}), "type": every, "allOf": rules}


def _types(schema: Schema) -> list[str]:
    """Return the types of the values that a schema lets through."""
    names = schema.get("type", [])
    if "enum" in schema:
        return list(dict.fromkeys(JSON[type(value)] for value in schema["enum"]))
    return [name for one in schema.get("anyOf", []) for name in _types(one)] or (
        [names] if isinstance(names, str) else names
    )


def _numeral(schema: Schema) -> Schema:
    """Return what reads as text to some, and as a number to YAML 1.2 and to Hydra: ``3e-3``, which has no point."""
    lowest = max(schema.get("minimum", -1), schema.get("exclusiveMinimum", -1))
    return {"type": "string", "pattern": rf"^[{'+' if lowest >= 0 else '-+'}]?{EXPONENT}$"}


def _bounds(marks: tuple[Any, ...], base: Schema) -> Schema:
    length = ("minLength", "maxLength") if base.get("type") == "string" else ("minItems", "maxItems")
    found: Schema = {}
    for mark in marks:
        match mark:
            case Gt(gt=limit):
                found["exclusiveMinimum"] = limit
            case Ge(ge=limit):
                found["minimum"] = limit
            case Lt(lt=limit):
                found["exclusiveMaximum"] = limit
            case Le(le=limit):
                found["maximum"] = limit
            case MultipleOf(multiple_of=factor):
                found["multipleOf"] = factor
            case MinLen(min_length=count):
                found[length[0]] = count
            case MaxLen(max_length=count):
                found[length[1]] = count
    return found


def _list(annotation: Any, args: tuple[Any, ...]) -> Schema:
    if get_origin(annotation) is tuple and args and args[-1] is not Ellipsis:
        items = [open_to(kind(arg)) for arg in args]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    inner = kind(args[0]) if args else {}
    return {"type": "array", **({"items": open_to(inner)} if inner else {})}
