"""Names of metrics: what the objective and early stopping may look at is what the task measures."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from runner.check.definition import Definition, resolve
from runner.check.module import Unknown, Unreadable
from runner.check.problem import Problem
from runner.check.signature import read_signature
from runner.check.suggest import nearest
from runner.expect import read
from runner.recorded import LAST

TRAIN_LOSS = "train/loss"


def check_metrics(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """Check ``objective``, ``expect`` and every ``callback.*.monitor``."""
    task = tree.get("task")
    target = task.get("_target_") if isinstance(task, Mapping) else None
    measured = directions(target) if isinstance(target, str) else None
    if measured is None:
        return
    yield from _check_name(tree.get("objective"), "objective", measured)
    yield from _expectations(tree.get("expect"), measured)
    yield from _held_out(tree)
    callbacks = tree.get("callback")
    for name, node in callbacks.items() if isinstance(callbacks, Mapping) else ():
        if isinstance(node, Mapping):
            yield from _check_name(node.get("monitor"), f"callback.{name}.monitor", measured)


COSTS = ("params", "seconds")
"""What a search may look for besides metrics: the number of parameters, and how long the training took."""


def _check_name(name: Any, key: str, measured: Collection[str]) -> Iterator[Problem]:
    if isinstance(name, list):
        yield from _check_names(name, key, measured)
        return
    if not isinstance(name, str) or name == "???":
        return
    right = [f"valid/{metric}" for metric in measured] + [TRAIN_LOSS]
    if name in right:
        return
    part, _, metric = name.rpartition("/")
    close = nearest(metric, measured)
    near = TRAIN_LOSS if nearest(part, ["train"]) else f"valid/{close}" if close else None
    if part == "test":
        hint = f", use {near}" if near else ""
        yield Problem(f"{key}={name}: the test set is looked at once, at the end{hint}", key=key)
    else:
        hint = f"did you mean {near}?" if near else f"there is {', '.join(right)}"
        yield Problem(f"{key}={name} is no metric of this task: {hint}", key=key)


def _check_names(names: list[Any], key: str, measured: Collection[str]) -> Iterator[Problem]:
    """Check what a search with several objectives looks for: also what is only known when a training is over."""
    right = [f"{part}/{metric}" for part in ("valid", "test") for metric in measured] + [TRAIN_LOSS, *COSTS]
    for name in names:
        if name not in right:
            near = nearest(str(name), right)
            hint = f"did you mean {near}?" if near else f"there is {', '.join(right)}"
            yield Problem(f"{key}: {name} is no objective of this task: {hint}", key=key)
    if len(set(map(str, names))) < max(2, len(names)):
        yield Problem(f"{key}: a list holds two different objectives or more, got {names}", key=key)


def _held_out(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """Check that something is held out for validation, if the objective is measured there."""
    dataset, objective = tree.get("dataset"), tree.get("objective")
    names = objective if isinstance(objective, list) else [objective or "valid/"]
    if isinstance(dataset, Mapping) and dataset.get("valid") == 0 and any(n.startswith("valid/") for n in names):
        message = f"dataset.valid=0 holds nothing out to measure the objective on: with it say objective={TRAIN_LOSS}"
        yield Problem(message, key="dataset.valid")


def _expectations(expect: Any, measured: Collection[str]) -> Iterator[Problem]:
    """Check that each name is one that a finished run has, and each text a comparison with a number."""
    last = [*(f"valid/{metric}" for metric in measured), TRAIN_LOSS]
    right = [*(f"test/{metric}" for metric in measured), *last, *(f"{LAST}{name}" for name in last)]
    for name, text in expect.items() if isinstance(expect, Mapping) else ():
        if name not in right:
            near = nearest(str(name), right)
            hint = f"did you mean {near}?" if near else f"there is {', '.join(right)}"
            yield Problem(f"expect: {name} is no metric of this task: {hint}", key="expect")
        try:
            read(str(text))
        except ValueError as error:
            yield Problem(f"expect.{name}: {error}", key="expect")


def directions(target: str) -> dict[str, str] | None:
    """Return what a task class lists in ``directions``, metric by metric, or None if only an import can tell."""
    try:
        signature = read_signature(target)
        return None if signature is None else _of_class(_owner(signature.definition))
    except (Unknown, Unreadable, ValueError):  # a list that is worked out: {**another's, ...}
        return None


def _owner(found: Definition) -> Definition:
    return found if found.owner is None else Definition(found.module, found.owner)


def _of_class(found: Definition) -> dict[str, str] | None:
    if not isinstance(found.node, ast.ClassDef):
        return None
    for item in found.node.body:
        targets = (
            item.targets if isinstance(item, ast.Assign) else [item.target] if isinstance(item, ast.AnnAssign) else []
        )
        if any(isinstance(t, ast.Name) and t.id == "directions" for t in targets):
            value = item.value  # type: ignore[attr-defined]  # both kinds of assignment have one
            try:
                return ast.literal_eval(value) if isinstance(value, ast.Dict) else None
            except ValueError:  # it is built from another's
                return None
    for base in found.node.bases:
        inherited = resolve(found.module, base)
        if isinstance(inherited, Definition) and (listed := _of_class(inherited)):
            return listed
    return None
