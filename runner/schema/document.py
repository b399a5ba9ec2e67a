"""The schemas of whole files: a recipe, and a choice of each group."""

from __future__ import annotations

from typing import Any

from runner.check.facts import GROUPS, OPTIONAL, ROOT
from runner.schema.kind import DEFINITION, Schema, kind, open_to
from runner.schema.known import Known
from runner.schema.node import NOTHING, TARGETED, UNTOLD, Nodes, closed
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
            body = {"if": TARGETED, "then": body, "else": _recipe(nodes, known)}
    title = "a complete experiment" if name == RECIPE else f"a choice of {name}"
    return {"$schema": DIALECT, "title": title, **body, "$defs": {"open": DEFINITION, **nodes.definitions}}


def _choice(nodes: Nodes, known: Known, group: str) -> Schema:
    """Return the schema of a group's file: the part's keys and a defaults list."""
    key = group.replace("/", ".")
    defaults = {"defaults": _defaults(known)}
    if group == "callback":
        return _named(nodes, known, defaults)
    place = nodes.place(key)
    for name, schema in list(nodes.definitions.items()):
        if name.startswith((f"{key}=", f"{key}:untold")):  # at the top of a file, and only there, is a defaults list
            nodes.definitions[name] = closed({**schema["properties"], **defaults}, "propertyNames" not in schema)
    return place


def _named(nodes: Nodes, known: Known, more: Schema) -> Schema:
    """Return the schema of parts by name, as callbacks are; null switches one off."""
    each = {**more, **{name: open_to(nodes.place(f"callback.{name}"), NOTHING) for name in known.nested("callback")}}
    foreign = {"anyOf": [NOTHING, TARGETED]}
    return {
        "type": "object",
        "properties": each,
        "if": {"properties": {key: {} for key in each}, "additionalProperties": foreign},
        "else": {"propertyNames": {"enum": list(each)}},
    }


def _recipe(nodes: Nodes, known: Known) -> Schema:
    properties: dict[str, Any] = {}
    for name, annotation in ROOT.items():
        properties[name] = {"description": about_root().get(name, name), **open_to(kind(annotation))}
    for group in GROUPS:
        part = _named(nodes, known, {}) if group == "callback" else nodes.told(group)
        properties[group] = open_to(part, *([NOTHING] if group in OPTIONAL else []))
    properties |= {"defaults": _defaults(known), "hydra": {"type": "object"}}
    rules = [rule for group in GROUPS if group != "callback" for rule in _as_chosen(nodes, known, group)]
    return {"type": "object", **closed(properties), "allOf": rules}


def _as_chosen(nodes: Nodes, known: Known, group: str) -> list[Schema]:
    """Return what a node without a target may be: the part that the defaults list chooses, else any of the group."""
    targets = {
        choice.partition("=")[2]: target for choice, target in known.chosen.items() if choice.startswith(f"{group}=")
    }
    rules = [_where(_chosen(group, [choice]), group, nodes.part(group, target)) for choice, target in targets.items()]
    return [*rules, _where({"not": _chosen(group, list(targets))}, group, nodes.untold(group))]


def _where(condition: Schema, group: str, part: Schema) -> Schema:
    return {"if": condition, "then": {"properties": {group: {"if": UNTOLD, "then": part}}}}


def _chosen(group: str, choices: list[str]) -> Schema:
    """Return the schema of a file whose defaults list chooses one of these."""
    names = [f"{how}{slash}{group}" for how in ("", "override ") for slash in ("", "/")]
    entries = [{"properties": {name: {"enum": choices}}, "required": [name]} for name in names]
    says = {"contains": {"type": "object", "anyOf": entries}}
    return {"properties": {"defaults": says}, "required": ["defaults"]}


def _defaults(known: Known) -> Schema:
    """Return the schema of a defaults list: ``_self_``, files to inherit, choices and overrides of choices."""
    choices = _by_last(known)
    start = r"^(optional |override )*/?([\w/]+/)?"
    groups = {rf"{start}{group}(@[\w.]+)?$": _one_or_several(names) for group, names in choices.items()}
    named = rf"{start}({'|'.join(choices)})(@[\w.]+)?$"
    return {
        "description": "What this file is made of, in order; override changes a choice made further up.",
        "type": "array",
        "items": {
            "type": ["string", "object"],
            "patternProperties": groups,
            "propertyNames": {"if": {"pattern": "^(override )?/?hydra/"}, "else": {"pattern": named}},
            "minProperties": 1,
            "maxProperties": 1,
        },
    }


def _one_or_several(names: list[str]) -> Schema:
    """Return the schema of a choice, or a list of them, or null for none."""
    each = {"enum": names}
    return open_to({"if": {"type": "array"}, "then": {"items": each}, "else": each, "examples": names}, NOTHING)


def _by_last(known: Known) -> dict[str, list[str]]:
    """Return the choices of each group by the name under which it stands: that of a group inside one, alone."""
    found: dict[str, list[str]] = {}
    for group, names in known.names.items():
        found.setdefault(group.rpartition("/")[2], []).extend(names)
    return found
