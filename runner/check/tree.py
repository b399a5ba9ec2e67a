"""Holding a whole configuration against the signatures of its targets: every problem, not the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runner.check.called import written
from runner.check.definition import real_name
from runner.check.facts import FACTS, GROUPS, OPTIONAL, OPTIONAL_ROOT, ROOT, SPECIAL
from runner.check.module import Unknown
from runner.check.parameter import Signature
from runner.check.problem import Problem
from runner.check.signature import signature_at
from runner.check.suggest import nearest
from runner.check.value import faults
from runner.home import CONF
from runner.trust.refused import refusal
from runner.trust.tree import targets

MISSING = "???"
Tree = Mapping[str, Any]


def check_tree(tree: Tree) -> list[Problem]:
    """Return every problem of a configuration that can be seen without building anything.

    Args:
        tree: The configuration as plain values, without Hydra's node.
    """
    if refused := list(check_targets(tree)):
        return refused  # nothing else is said of it, and nothing imported
    names = [*dict.fromkeys([*ROOT, *GROUPS, *keys_of(tree)])]
    return [*_root(tree, names), *_groups(tree, names)]


def check_targets(tree: Tree) -> Iterator[Problem]:
    """Refuse targets that make code of data, wherever in a configuration they are named, and by whatever name."""
    for key, target in targets(tree):
        if isinstance(target, str) and (why := refusal(target, real_name(target))):
            yield Problem(f"{key}={target}: {why}", key=key)


def keys_of(tree: Tree) -> Iterator[str]:
    """Yield every dotted key that a configuration has or could have."""
    for group in GROUPS:
        node = tree.get(group)
        if isinstance(node, Mapping):
            yield from _keys_of_node(node, group)


def _keys_of_node(node: Mapping[str, Any], path: str) -> Iterator[str]:
    signature = _signature(path, node)
    if signature is not None:
        given = FACTS.get(path, {})
        yield from (f"{path}.{name}" for name in signature.parameters if name not in given)
    for key, value in node.items():
        if signature is None and key not in SPECIAL and _is_entry(value):
            yield f"{path}.{key}"  # a callback by its name
        if isinstance(value, Mapping):
            yield from _keys_of_node(value, f"{path}.{key}")


def _is_entry(value: Any) -> bool:
    return value is None or (isinstance(value, Mapping) and "_target_" in value)


def _signature(path: str, node: Mapping[str, Any]) -> Signature | None:
    target = node.get("_target_")
    try:
        return signature_at(path, target) if isinstance(target, str) else None
    except Unknown:
        return None


def _unknown(key: str, names: Iterable[str]) -> Problem:
    near = nearest(key, names)
    return Problem(f"unknown key {key}" + (f": did you mean {near}?" if near else ""), key=key)


def _root(tree: Tree, names: list[str]) -> Iterator[Problem]:
    for key, value in tree.items():
        if key in ROOT:
            yield from _value(value, ROOT[key], key)
        elif key in GROUPS:
            pass
        elif isinstance(value, Mapping) and value and "_target_" not in value:
            yield from (_unknown(f"{key}.{inner}", names) for inner in value)
        else:
            yield _unknown(str(key), names)
    for key in (*ROOT, *GROUPS):
        if key not in tree and key not in (*OPTIONAL, *OPTIONAL_ROOT):
            how = f"choose one, see runner ls {key}" if key in GROUPS else "it has no default"
            yield Problem(f"missing: {key} ({how})", key=key)


def _groups(tree: Tree, names: list[str]) -> Iterator[Problem]:
    for group in GROUPS:
        node = tree.get(group)
        if group not in tree or (node is None and group in OPTIONAL):
            continue
        if node == MISSING:
            yield Problem(f"missing: {group}", key=group)
        elif not isinstance(node, Mapping):
            yield Problem(f"{group} must be a mapping with a _target_, got {node!r}", key=group)
        elif group == "callback":
            yield from _entries(node, names)
        else:
            yield from check_node(node, group, names)


def _entries(node: Mapping[str, Any], names: list[str]) -> Iterator[Problem]:
    """Check callbacks, each under a name of its own; null switches one off."""
    shipped = [path.stem for path in (CONF / "callback").glob("*.yaml")]
    for name, entry in node.items():
        key = f"callback.{name}"
        if isinstance(entry, Mapping) and "_target_" in entry:
            yield from check_node(entry, key, names)
        elif name in shipped and entry is not None:
            yield Problem(f"{key} is not in this run: to add it write +callback={name}", key=key)
        elif entry is not None:
            others = [other for other in names if other != key]
            yield _unknown(key, [*others, *(f"callback.{other}" for other in shipped)])


def check_node(node: Mapping[str, Any], path: str, names: Iterable[str]) -> Iterator[Problem]:
    """Check a node with a ``_target_``, and the nodes inside it."""
    target = node.get("_target_")
    if not isinstance(target, str) or target == MISSING:
        yield Problem(f"missing: {path}._target_ (what to build)", key=f"{path}._target_")
        return
    try:
        signature = signature_at(path, target)
    except Unknown as error:
        yield Problem(f"{path}._target_={target}: {error}", key=f"{path}._target_")
        return
    for key, value in node.items():
        if key not in SPECIAL:
            yield from _nested(value, f"{path}.{key}", names)
    if signature is not None:
        yield from check_keys(node, path, signature, names)


def check_keys(node: Mapping[str, Any], path: str, signature: Signature, names: Iterable[str]) -> Iterator[Problem]:
    """Hold a node's own keys against a signature: unknown, wrong or missing."""
    given = FACTS.get(path, {})
    for key, value in node.items():
        if key in SPECIAL:
            continue
        parameter = signature.parameters.get(key)
        if parameter is None and not signature.open:
            own = [f"{path}.{name}" for name in signature.parameters if name not in given]
            yield _unknown(f"{path}.{key}", [*own, *names])
        elif parameter is not None and key in given:
            yield Problem(f"{path}.{key} comes from {given[key]}: leave it out", key=f"{path}.{key}")
        elif parameter is not None and not (isinstance(value, Mapping) and "_target_" in value):
            yield from _value(value, parameter.annotation, f"{path}.{key}")
    if node.get("_args_") or (node.get("_partial_") and path not in FACTS):
        return  # filled from elsewhere
    for parameter in signature.parameters.values():
        if parameter.required and parameter.name not in node and parameter.name not in given:
            yield _missing(path, parameter.name, signature.target)


def _missing(path: str, name: str, target: str) -> Problem:
    """Say that a parameter is not given, or that it is almost a fact, which no configuration gives."""
    facts = FACTS.get(path, {})
    if near := nearest(name, facts):
        asks = f"{target} asks for {name}, which nobody states: did you mean {near}? There is {', '.join(facts)}"
        return Problem(asks, key=f"{path}._target_", code=written(target))
    return Problem(f"missing: {path}.{name} (required by {target})", key=f"{path}._target_")


def _nested(value: Any, path: str, names: Iterable[str]) -> Iterator[Problem]:
    if isinstance(value, Mapping):
        if "_target_" in value:
            yield from check_node(value, path, names)
        else:
            for key, inner in value.items():
                yield from _nested(inner, f"{path}.{key}", names)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _nested(inner, f"{path}[{index}]", names)


def _value(value: Any, kind: Any, key: str) -> Iterator[Problem]:
    if value == MISSING:
        yield Problem(f"missing: {key} (it has no default)", key=key)
        return
    for path, text in faults(value, kind):
        yield Problem(f"{key}{path} {text}", key=key)
