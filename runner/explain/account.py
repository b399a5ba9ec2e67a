"""The account of one key, as plain values: what it is, who said so, and what that replaced."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runner.check.facts import FACTS
from runner.check.frame import shown
from runner.check.value import words
from runner.explain.choice import Choice
from runner.explain.element import ABSENT, element, split_element
from runner.explain.meaning import meaning, near, parameter_of
from runner.explain.reference import references
from runner.explain.replay import GONE, Event, Key
from runner.explain.trace import Trace
from runner.secret import MASK, looks_secret, mask_url, masked_override

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
    made = _choices(trace, name)
    if key is None and (part := split_element(name, trace.replay.leaves)) is not None:
        return _of_element(trace, name, *part)
    if key is None and not made:
        return _of_signature(trace, name)
    key = key or tuple(name.split("."))
    inside = list(trace.replay.inside(key))
    events = [event for event in trace.replay.history.get(key, []) if not inside or event.value != {}]
    events = events or ([] if inside or key in trace.replay.leaves else _removals(trace, key))
    found: Account = {"key": name, "state": _state(trace, key, inside)}
    if key in trace.replay.leaves:
        found |= _value(trace, key)
    found |= _searched(trace, name)
    found |= {"history": [_event(key, event) for event in reversed(events)]} if events else {}
    found |= {"choices": [_choice(choice) for choice in reversed(made)]} if made else {}
    found |= meaning(trace, name)
    if inside:
        found |= {"gone": gone} if (gone := _gone(trace, key)) else {}
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
    return None


def _of_element(trace: Trace, name: str, key: Key, indexes: tuple[int, ...]) -> Account:
    """Return the account of an element of a list: the list says where it comes from.

    Raises:
        NoSuchKey: The list ends before it.
    """
    around, whole = ".".join(key), trace.replay.leaves[key]
    if element(whole, indexes) is ABSENT:
        raise NoSuchKey(f"no element {name}: {around} is {safe(key, whole)}")
    found: Account = {"key": name, "state": "set", "value": safe(key, element(whole, indexes))}
    events = [(event, element(event.value, indexes)) for event in reversed(trace.replay.history[key])]
    found["history"] = [_event(key, replace(event, value=one)) for event, one in events if one is not ABSENT]
    return {**found, **_searched(trace, around), **meaning(trace, around)}


def _searched(trace: Trace, name: str) -> Account:
    """Return what a search tries for a key: the command's word for it wins over the recipe's."""
    if name in trace.searched:
        return {"searched": trace.searched[name]}
    key = ("sweep", "space", name)
    if not trace.multirun or key not in trace.replay.leaves:
        return {}
    return {"searched": str(trace.replay.leaves[key]), "searched_by": line(trace, key)["place"]}


def _removals(trace: Trace, key: Key) -> list[Event]:
    """Return who took away a mapping of which nothing is left: that is noted at each key inside it."""
    last = [events[-1] for inner, events in trace.replay.history.items() if inner[: len(key)] == key]
    return list(dict.fromkeys(Event(GONE, event.place, event.why) for event in last if event.value is GONE))


def _gone(trace: Trace, key: Key) -> list[Account]:
    """Return what was taken away right below a mapping, and by whom."""
    below = dict.fromkeys(inner[: len(key) + 1] for inner in trace.replay.history if inner[: len(key)] == key != inner)
    away = [one for one in below if one not in trace.replay.leaves and not any(trace.replay.inside(one))]
    return [
        {"key": ".".join(one), **{name: text for name, text in _event(one, event).items() if name != "what"}}
        for one in away
        for event in _removals(trace, one)[-1:]
    ]


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


def _of_signature(trace: Trace, name: str) -> Account:
    """Return the account of a key that nobody set: its default is the signature's.

    Raises:
        NoSuchKey: There is none.
    """
    path, _, last = name.rpartition(".")
    given = FACTS.get(path, {}).get(last)
    signature, parameter = parameter_of(trace, name)
    if given or signature is None or parameter is None:
        raise NoSuchKey(f"{name} comes from {given}" if given else f"no key {name}{near(trace, name)}")
    place = f"{shown(signature.definition.module.path)}:{signature.definition.node.lineno}"
    found: Account = {"key": name, "state": "default"}
    if not parameter.required:
        found["value"] = parameter.default
    found["history"] = [{"what": "default", "place": place, "why": f"the signature of {signature.target}"}]
    return {**found, "type": words(parameter.annotation), "about": parameter.doc}
