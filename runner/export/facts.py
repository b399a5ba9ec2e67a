"""What a reader of an exported model has to know of it, as plain values: ``model.json``, and the source of the card."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from runner.callback.tta import TTA
from runner.configuration import recorded
from runner.durable import read_json
from runner.folder import identity
from runner.make import make
from runner.secret import mask_url, masked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.export.compare import Difference
    from runner.inference.saved import Saved

TOLD = ("python", "platform", "packages")
"""What is told of the machine: not its name, nor whose it is."""


def describe(run: Saved, weights: str, differences: Mapping[str, Difference]) -> dict[str, Any]:
    """Return the facts of an exported model, secrets masked.

    Args:
        run: That trained it.
        weights: The checkpoint's name.
        differences: By form, what the check of each file has found.
    """
    summary, known = read_json(run.folder / "summary.json"), read_json(run.folder / "environment.json")
    written = masked(recorded(run.folder))
    return {
        "run": identity(run.folder),
        "weights": weights,
        "model": written["model"],
        "inputs": inputs(run),
        "outputs": outputs(run),
        "data": data(known.get("data") or {}),
        "objective": summary.get("objective"),
        "metrics": metrics(summary, weights),
        "views": any(isinstance(callback, TTA) for callback in run.callbacks.values()),
        "config": {**written, "callback": changing(run, written.get("callback") or {})},
        "environment": environment(known),
        "check": {name: vars(difference) for name, difference in differences.items()},
    }


def changing(run: Saved, nodes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the callbacks that may have changed or chosen weights: those of the main process alone only watch."""
    return {name: node for name, node in nodes.items() if node and not run.callbacks[name].main_only}


def inputs(run: Saved) -> dict[str, Any]:
    """Return shape, type, and how the dataset makes inputs of what it stores."""
    example, data = run.data.example(1)[0], run.data
    found: dict[str, Any] = {"shape": list(data.shape), "type": str(example.dtype).removeprefix("torch.")}
    found |= {key: said for key in ("preparation", "code") if (said := getattr(data, key))}
    if data.tokens:
        found["tokens"] = list(data.tokens)
    elif data.sizes:
        found["sizes"] = list(data.sizes)
    else:
        found |= {"mean": None, "std": None, "view": None if data.view is None else named(data.view)}
        try:
            splits = run.splits
        except Exception as error:  # files of the user's, perhaps on another machine: whatever that raises
            print(f"note: the data cannot be read, so that their scale stays unsaid: {error}", file=sys.stderr)
            return {**found, "unknown": True}
        if splits.mean is not None and splits.std is not None:
            found |= {"mean": splits.mean.flatten().tolist(), "std": splits.std.flatten().tolist()}
    return found


def named(thing: object) -> str:
    """Return what a function or an object of a class is called."""
    return str(getattr(thing, "__name__", type(thing).__name__))


def outputs(run: Saved) -> dict[str, Any]:
    """Return what the outputs are, and the names of the classes."""
    try:
        task = make(run.cfg.task) if run.data.classes else run.task  # the scale of numbers is learned from the data
    except Exception:  # has been told of above
        return {"meaning": "a number on a scale that is not known: the data could not be read", "classes": []}
    reading = getattr(task, "reading", None)
    meaning = reading() if callable(reading) else f"what {named(task)} makes of them"
    return {"task": type(task).__name__, "meaning": meaning, "classes": list(run.data.classes)}


def data(known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the run noted of its data."""
    keys = ("name", "source", "fingerprint", "unit", "train", "valid", "test")
    return {key: mask_url(str(known[key])) if key == "source" else known[key] for key in keys if key in known}


def metrics(summary: Mapping[str, Any], weights: str) -> dict[str, float]:
    """Return what was measured of these weights: on the validation part, and of the best ones on the test part."""
    if weights != "best":
        return {}
    both = summary.get("metrics") or {}
    tested = {name: value for name, value in (both.get("final") or {}).items() if name.startswith("test/")}
    return tested | {n: value for n, value in (both.get("best") or {}).items() if n.startswith("valid/")}


def environment(known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the weights depended on besides the configuration."""
    git = known.get("git") or {}
    commit = {"commit": git["commit"], "uncommitted changes": bool(git.get("dirty"))} if git.get("commit") else {}
    return {**{key: known[key] for key in (*TOLD, "device", "precision") if key in known}, **commit}
