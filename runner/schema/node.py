"""The schemas of parts: one for each target at its place, and one for the place, which looks at ``_target_``."""

from __future__ import annotations

import re
from typing import Any

from runner.check.facts import FACTS
from runner.check.module import Unknown
from runner.check.signature import REQUIRED, Parameter, signature_at
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
            self.definitions[name] = {"properties": properties, **({} if more else {"additionalProperties": False})}
        return _ref(name)

    def properties(self, key: str, target: str) -> tuple[Schema, bool]:
        """Return the schema of each key of a target, and whether it takes others too."""
        try:
            signature = signature_at(key, target)
        except Unknown:
            signature = None
        given = FACTS.get(key, {})
        found: Schema = {"_target_": {"const": target}, **SPECIALS}
        for parameter in signature.parameters.values() if signature is not None else ():
            if parameter.name not in given:
                found[parameter.name] = self._property(f"{key}.{parameter.name}", parameter)
        return found, signature is None or signature.open

    def _place(self, key: str) -> Schema:
        targets = self.known.targets.get(key, [])
        each = [{"if": _has(target), "then": self.part(key, target)} for target in targets]
        untold = {"if": {"not": {"required": ["_target_"]}}, "then": self._any(key, targets)}
        return {
            "type": "object",
            "properties": {"_target_": {"anyOf": [{"enum": targets}, _foreign(), OPEN]}},
            "allOf": [*each, untold],
        }

    def _any(self, key: str, targets: list[str]) -> Schema:
        """Return what may stand where the target is chosen elsewhere: any key of any of them."""
        merged: dict[str, list[Schema]] = {}
        more = not targets
        for target in targets:
            properties, others = self.properties(key, target)
            more |= others
            for name, schema in properties.items():
                if schema not in merged.setdefault(name, []):
                    merged[name].append(schema)
        properties = {name: one[0] if len(one) == 1 else {"anyOf": one} for name, one in merged.items()}
        return {"properties": properties, **({} if more else {"additionalProperties": False})}

    def _property(self, key: str, parameter: Parameter) -> Schema:
        """Return the schema of one key: its type, an interpolation, or a part where it is a part that stands there."""
        value = kind(parameter.annotation)
        name = key.rpartition(".")[2]
        if self._is_part(key):
            schema: Schema = {"anyOf": [{"type": "null"}, OPEN, self.place(key)]}
        elif value:
            schema = open_to(value)
            schema["anyOf"].append(TARGETED)
        else:
            schema = {}
        about = {"description": parameter.doc} if parameter.doc else {"title": name}
        return {**about, **_default(parameter.default), **schema}

    def _is_part(self, key: str) -> bool:
        return key in self.known.targets or key in self.known.same


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
