"""The schemas of whole files: a recipe, and a choice of each group."""

from __future__ import annotations

from typing import Any

from runner.check.facts import GROUPS, OPTIONAL, ROOT
from runner.schema.kind import DEFINITION, OPEN, Schema, kind, open_to
from runner.schema.known import Known
from runner.schema.node import TARGETED, Nodes
from runner.vocabulary.key import about_root

DIALECT = "https://json-schema.org/draft/2020-12/schema"
RECIPE = "recipe"


def document(name: str, known: Known) -> Schema:
    """Return the schema of a recipe, or of the files of a group.

    Args:
        name: ``recipe``, or a group.
        known: Every choice.
    """
    nodes = Nodes(known)
    if name == RECIPE:
        body = _recipe(nodes, known)
    else:
        body = _choice(nodes, known, name)
        if name in known.rooted:
            body = {"anyOf": [body, _recipe(nodes, known)]}
    title = "a complete experiment" if name == RECIPE else f"a choice of {name}"
    return {"$schema": DIALECT, "title": title, **body, "$defs": {"open": DEFINITION, **nodes.definitions}}


def _choice(nodes: Nodes, known: Known, group: str) -> Schema:
    """Return the schema of a group's file: the part's keys and a defaults list."""
    key = group.replace("/", ".")
    if group == "callback":
        return _named(nodes, known, {"defaults": _defaults(known)})
    place = nodes._place(key)
    for name, schema in list(nodes.definitions.items()):
        if name.startswith(f"{key}="):  # at the top of a file, and only there, is a defaults list
            copied = {**schema, "properties": {"defaults": {}, **schema["properties"]}}
            nodes.definitions[f"file:{name}"] = copied
    for rule in place["allOf"]:
        if "$ref" in rule["then"]:
            rule["then"] = {"$ref": rule["then"]["$ref"].replace("#/$defs/", "#/$defs/file:")}
        else:
            rule["then"]["properties"]["defaults"] = {}
    place["properties"]["defaults"] = _defaults(known)
    return place


def _named(nodes: Nodes, known: Known, more: Schema) -> Schema:
    """Return the schema of parts by name, as callbacks are; null switches one off."""
    names = known.nested("callback")
    each = {name: {"anyOf": [{"type": "null"}, OPEN, nodes.place(f"callback.{name}")]} for name in names}
    return {
        "type": "object",
        "properties": {**more, **each},
        "additionalProperties": {"anyOf": [{"type": "null"}, TARGETED]},
    }


def _recipe(nodes: Nodes, known: Known) -> Schema:
    properties: dict[str, Any] = {"defaults": _defaults(known), "hydra": {"type": "object"}}
    for name, annotation in ROOT.items():
        properties[name] = {"description": about_root().get(name, name), **open_to(kind(annotation))}
    for group in GROUPS:
        part = _named(nodes, known, {}) if group == "callback" else nodes.place(group)
        properties[group] = {"anyOf": [*([{"type": "null"}] if group in OPTIONAL else []), OPEN, part]}
    chosen = [_if_chosen(nodes, one, target) for one, target in known.chosen.items() if "/" not in one]
    return {"type": "object", "properties": properties, "additionalProperties": False, "allOf": chosen}


def _if_chosen(nodes: Nodes, chosen: str, target: str) -> Schema:
    """Return what a group's node may be where the defaults list chooses its part, unless it names another target."""
    group, _, choice = chosen.partition("=")
    names = [f"{how}{slash}{group}" for how in ("", "override ") for slash in ("", "/")]
    entries = [{"properties": {name: {"const": choice}}, "required": [name]} for name in names]
    says = {"contains": {"type": "object", "anyOf": entries}}
    untold = {"type": "object", "not": {"required": ["_target_"]}}
    return {
        "if": {"properties": {"defaults": says}, "required": ["defaults"]},
        "then": {"properties": {group: {"if": untold, "then": nodes.part(group, target)}}},
    }


def _defaults(known: Known) -> Schema:
    """Return the schema of a defaults list: ``_self_``, files to inherit, choices and overrides of choices."""
    groups = {
        rf"^(optional |override )*/?([\w/]+/)?{group}(@[\w.]+)?$": {
            "anyOf": [{"enum": names}, {"type": "array", "items": {"enum": names}}, {"type": "null"}, OPEN]
        }
        for group, names in _by_last(known).items()
    }
    entry = {
        "type": "object",
        "patternProperties": {**groups, r"^(override )?/?hydra/": {}},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {
        "description": "What this file is made of, in order; override changes a choice made further up.",
        "type": "array",
        "items": {"anyOf": [{"type": "string"}, entry]},
    }


def _by_last(known: Known) -> dict[str, list[str]]:
    """Return the choices of each group by the name under which it stands: that of a group inside one, alone."""
    found: dict[str, list[str]] = {}
    for group, names in known.names.items():
        found.setdefault(group.rpartition("/")[2], []).extend(names)
    return found
