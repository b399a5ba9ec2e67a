"""The schemas of parts: one for each target at its place, and one for the place, which looks at ``_target_``."""

from __future__ import annotations

import json
import re
from typing import Any

from runner.check.facts import FACTS
from runner.check.module import Unknown
from runner.check.parameter import REQUIRED, Parameter
from runner.check.signature import signature_at
from runner.schema.kind import OPEN, Schema, kind, open_to
from runner.schema.known import Known

SPECIALS: Schema = {
    "_partial_": {"type": "boolean"},
    "_args_": {"type": "array"},
    "_convert_": {"enum": ["none", "partial", "object", "all"]},
    "_recursive_": {"type": "boolean"},
}
"""Hydra's own keys of a node with a target."""
TARGETED: Schema = {"type": "object", "required": ["_target_"]}
UNTOLD: Schema = {"type": "object", "not": {"required": ["_target_"]}}
NOTHING: Schema = {"type": "null"}
ABOUT = ("description", "title", "default")
"""Words of a schema that forbid nothing."""
OWN = "runner."


class Nodes:
    """Definitions of parts, each made when it is first referred to."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.definitions: dict[str, Schema] = {}

    def place(self, key: str) -> Schema:
        """Return a reference to the schema of whatever part may stand at a key."""
        key = self.known.same.get(key, key)
        if key not in self.definitions:
            self.definitions[key] = {}  # a place may be inside itself
            self.definitions[key] = self._place(key)
        return _ref(key)

    def part(self, key: str, target: str) -> Schema:
        """Return a reference to the schema of one target at a key."""
        name = f"{key}={target}"
        if name not in self.definitions:
            self.definitions[name] = {}
            properties, more = self.properties(key, target)
            self.definitions[name] = closed(properties, more)
        return _ref(name)

    def properties(self, key: str, target: str) -> tuple[Schema, bool]:
        """Return the schema of each key of a target, and whether it takes others too."""
        try:
            signature = signature_at(key, target)
        except Unknown:
            signature = None
        given = FACTS.get(key, {})
        found: Schema = {"_target_": {"const": target}}
        for parameter in signature.parameters.values() if signature is not None else ():
            if parameter.name not in given:
                found[parameter.name] = self._property(f"{key}.{parameter.name}", parameter)
        return {**found, **SPECIALS}, signature is None or signature.open

    def told(self, key: str) -> Schema:
        """Return a reference to what a part at a key has to be, as far as its own ``_target_`` says."""
        name = f"{key}:told"
        if name not in self.definitions:
            self.definitions[name] = {}
            targets = self.known.targets.get(key, [])
            named = {"if": {"anyOf": [_foreign(), OPEN]}, "else": {"enum": targets}, "examples": targets}
            self.definitions[name] = {
                "type": "object",
                "allOf": [{"if": _has(target), "then": self.part(key, target)} for target in targets],
                "properties": {"_target_": named},
            }
        return _ref(name)

    def untold(self, key: str) -> Schema:
        """Return a reference to what may stand where the target is chosen elsewhere: any key of any of them."""
        name = f"{key}:untold"
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self._any(self.known.targets.get(key, []), key)
        return _ref(name)

    def _place(self, key: str) -> Schema:
        return {"allOf": [self.told(key), {"if": UNTOLD, "then": self.untold(key)}]}

    def _any(self, targets: list[str], key: str) -> Schema:
        merged: dict[str, dict[str, Schema]] = {}
        more = not targets
        for target in targets:
            properties, others = self.properties(key, target)
            more |= others
            for name, schema in properties.items():
                constraint = {word: value for word, value in schema.items() if word not in ABOUT}
                merged.setdefault(name, {}).setdefault(json.dumps(constraint), schema)
        merged.pop("_target_", None)
        each = {name: list(found.values()) for name, found in merged.items()}
        each = {name: each[name] for name in sorted(each, key=SPECIALS.__contains__)}  # as a message lists them
        properties = {name: one[0] if len(one) == 1 else {"anyOf": one} for name, one in each.items()}
        return closed(properties, more)

    def _property(self, key: str, parameter: Parameter) -> Schema:
        """Return the schema of one key: its type, an interpolation, or a part where it is a part that stands there."""
        value = kind(parameter.annotation)
        name = key.rpartition(".")[2]
        schema = open_to(self.place(key), NOTHING) if self._is_part(key) else open_to(value, TARGETED)
        about = {"description": parameter.doc} if parameter.doc else {"title": name}
        return {**about, **_default(parameter.default), **schema}

    def _is_part(self, key: str) -> bool:
        return key in self.known.targets or key in self.known.same


def closed(properties: Schema, more: bool = False) -> Schema:
    """Return the schema of a mapping that has these keys only: of another one a validator says which there are.

    Args:
        properties: The schema of each key.
        more: It may have others, after all.
    """
    return {"properties": properties, **({} if more else {"propertyNames": {"enum": list(properties)}})}


def _ref(name: str) -> Schema:
    return {"$ref": "#/$defs/" + name.replace("~", "~0").replace("/", "~1")}


def _has(target: str) -> Schema:
    return {"properties": {"_target_": {"const": target}}, "required": ["_target_"]}


def _foreign() -> Schema:
    """Return what a target outside this package is: of those inside, a mistyped name is a mistake."""
    return {"type": "string", "pattern": rf"^(?!{re.escape(OWN)})[A-Za-z_]\w*(\.\w+)+$"}


def _default(value: Any) -> Schema:
    plain = value is None or isinstance(value, bool | int | float | str | list | dict)
    return {"default": value} if plain and value is not REQUIRED else {}
