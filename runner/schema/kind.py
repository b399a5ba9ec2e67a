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
    "title": "an interpolation, or ??? for what the command says",
    "type": "string",
    "pattern": r"\$\{|^\?\?\?$",
}
"""What may stand for any value: ``${epochs}``."""

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
        return {"enum": list(args)}
    if origin in (Union, types.UnionType):
        options = [kind(arg) for arg in args]
        return {} if {} in options else {"anyOf": options}
    if annotation in LISTS or origin in LISTS:
        return _list(annotation, args)
    if annotation in (dict, Mapping) or origin in (dict, Mapping):
        inner = kind(args[1]) if len(args) == 2 else {}
        return {"type": "object", "additionalProperties": open_to(inner)} if inner else {"type": "object"}
    return {}


def open_to(schema: Schema) -> Schema:
    """Return a schema that lets an interpolation stand for the value."""
    if not schema:
        return {}
    return {"anyOf": [*(schema["anyOf"] if list(schema) == ["anyOf"] else [schema]), OPEN]}


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
