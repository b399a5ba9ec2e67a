"""The account of one key, as plain values: what it is, who said so, and what that replaced."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runner.check.facts import FACTS, GROUPS, ROOT
from runner.check.frame import shown
from runner.check.module import Unknown
from runner.check.signature import Parameter, Signature, signature_at
from runner.check.suggest import did_you_mean
from runner.check.tree import keys_of
from runner.check.value import words
from runner.explain.choice import Choice
from runner.explain.reference import references
from runner.explain.replay import GONE, Event, Key
from runner.explain.trace import Trace
from runner.secret import MASK, looks_secret, mask_url, masked_override
from runner.vocabulary.key import about_root

Account = dict[str, Any]


class NoSuchKey(ValueError):
    """Neither the configuration nor a signature has that key."""


def account(trace: Trace, name: str) -> Account:
    """Return everything that is known of a key, or of a group or a mapping.

    Raises:
        NoSuchKey: Nothing has it; the message says what is near.
    """
    if name in trace.defaults.choices:
        name = _place_of(name)
    key = _key(trace, name)
    choices = _choices(trace, name)
    if key is None and not choices:
        return _of_signature(trace, name)
    key = key or tuple(name.split("."))
    events = trace.replay.history.get(key, [])
    inside = list(trace.replay.inside(key))
    found: Account = {"key": name, "state": _state(trace, key, inside)}
    if key in trace.replay.leaves:
        found |= _value(trace, key)
    if name in trace.searched:
        found["searched"] = trace.searched[name]
    found |= {"history": [_event(key, event) for event in reversed(events)]} if events else {}
    found |= {"choices": [_choice(choice) for choice in reversed(choices)]} if choices else {}
    found |= _meaning(trace, name)
    if inside:
        found["keys"] = [line(trace, leaf) for leaf in inside]
    return found


def line(trace: Trace, key: Key) -> Account:
    """Return what a key is and where that was said, in short."""
    last = trace.replay.history[key][-1]
    value = safe(key, trace.replay.leaves[key])
    return {"key": ".".join(key), "value": value, "place": masked_override(last.place), "why": last.why}


def safe(key: Key, value: Any) -> Any:
    """Return a value without what is secret in it."""
    if value is not None and looks_secret(key[-1]) and not (isinstance(value, str) and "${" in value):
        return MASK
    return mask_url(value) if isinstance(value, str) else value


def _key(trace: Trace, name: str) -> Key | None:
    """Return the key that a dotted name means; keys may have dots of their own, as in ``sweep.space``."""
    known = dict.fromkeys([*trace.replay.leaves, *trace.replay.history])
    for key in known:
        if ".".join(key) == name:
            return key
    for key in known:
        for length in range(1, len(key)):
            if ".".join(key[:length]) == name:
                return key[:length]
    index = name.rpartition(".")
    if index[2].isdigit() and isinstance(trace.replay.leaves.get(tuple(index[0].split("."))), list):
        return tuple(index[0].split("."))  # an element: the list says where it comes from
    return None


def _state(trace: Trace, key: Key, inside: list[Key]) -> str:
    if inside:
        return "mapping"
    return "set" if key in trace.replay.leaves else "gone"


def _value(trace: Trace, key: Key) -> Account:
    """Return a value as it is written and, where that differs, as it comes out; and what it refers to."""
    written = trace.replay.leaves[key]
    found: Account = {"value": safe(key, written)}
    refers = references(written, key)
    if not refers:
        return found
    found["refers"] = [_reference(trace, one.text, one.key, one.about) for one in refers]
    if "${oc.env:" in str(written):  # may be a secret: the record keeps it as it is written, and so does this
        return found
    try:
        node: Any = OmegaConf.select(trace.cfg, ".".join(key[:-1])) if len(key) > 1 else trace.cfg
        value = node[key[-1]]
        found["resolved"] = safe(key, OmegaConf.to_container(value) if OmegaConf.is_config(value) else value)
    except OmegaConfBaseException as error:
        found["error"] = str(error).splitlines()[0]
    return found


def _reference(trace: Trace, text: str, key: Key | None, about: str) -> Account:
    if key is None:
        return {"text": text, "about": about}
    if key in trace.replay.leaves:
        return {"text": text, **line(trace, key)}
    where = "a mapping" if any(trace.replay.inside(key)) else "not there"
    return {"text": text, "key": ".".join(key), "about": where}


def _event(key: Key, event: Event) -> Account:
    gone = event.value is GONE
    return {
        "what": "removed" if gone else "set",
        **({} if gone else {"value": safe(key, event.value)}),
        "place": masked_override(event.place),
        "why": event.why,
    }


def _choice(choice: Choice) -> Account:
    return {"group": choice.group, "value": choice.value, "place": choice.place, "how": choice.how}


def _choices(trace: Trace, name: str) -> list[Choice]:
    """Return who chose the part at a key."""
    return next((made for group, made in trace.defaults.choices.items() if _place_of(group) == name), [])


def _place_of(group: str) -> str:
    """Return the key that a group's part is put at: ``sweep.pruner`` of sweep/pruner, what is after an ``@``."""
    path, _, package = group.partition("@")
    return package.removeprefix("_global_.") or path.replace("/", ".")


def _meaning(trace: Trace, name: str) -> Account:
    """Return the type and the description of a key, if a signature or the table of root keys has them."""
    if name in ROOT:
        return {"type": words(ROOT[name]), "about": about_root().get(name, "")}
    parameter = _parameter(trace, name)[1]
    if parameter is None:
        return {}
    return {"type": words(parameter.annotation), "about": parameter.doc}


def _parameter(trace: Trace, name: str) -> tuple[Signature | None, Parameter | None]:
    path, _, last = name.rpartition(".")
    node: Any = OmegaConf.select(trace.cfg, path, throw_on_missing=False) if path else None
    target = node.get("_target_") if OmegaConf.is_dict(node) else None
    try:
        signature = signature_at(path, target) if isinstance(target, str) else None
    except Unknown:
        signature = None
    return signature, signature.parameters.get(last) if signature else None


def _of_signature(trace: Trace, name: str) -> Account:
    """Return the account of a key that nobody set: its default is the signature's.

    Raises:
        NoSuchKey: There is none.
    """
    path, _, last = name.rpartition(".")
    given = FACTS.get(path, {}).get(last)
    signature, parameter = _parameter(trace, name)
    if given or signature is None or parameter is None:
        raise NoSuchKey(f"{name} comes from {given}" if given else f"no key {name}{_near(trace, name)}")
    place = f"{shown(signature.definition.module.path)}:{signature.definition.node.lineno}"
    found: Account = {"key": name, "state": "default"}
    if not parameter.required:
        found["value"] = parameter.default
    found["history"] = [{"what": "default", "place": place, "why": f"the signature of {signature.target}"}]
    return {**found, "type": words(parameter.annotation), "about": parameter.doc}


def _near(trace: Trace, name: str) -> str:
    return did_you_mean(name, names(trace))


def names(trace: Trace) -> Iterable[str]:
    """Return every key that there is or could be, without Hydra's own."""
    tree = OmegaConf.to_container(trace.cfg, resolve=False)
    assert isinstance(tree, dict)
    could = keys_of({str(key): value for key, value in tree.items()})
    there = (".".join(key) for key in trace.replay.leaves if key[0] != "hydra")
    return dict.fromkeys([*ROOT, *GROUPS, *there, *could])
