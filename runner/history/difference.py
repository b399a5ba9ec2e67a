"""What is different between two runs, part by part: what was asked for, with what, on what, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.history.code import Code, compare
from runner.history.curve import Curve, curves
from runner.history.past import Past
from runner.recorded import flat

Changes = dict[str, tuple[Any, Any]]
"""What has another value, by name: both values; None where it is not known."""

PARTS = ("configuration", "environment", "code", "data", "metrics")
"""What makes two runs different. How long they took, and what they are called, does not."""

NEITHER = {"git", "data", "targets", "overrides", "config_hash", "notes", "lr", "batch_size", "seed", "parameters"}
"""What ``environment.json`` says besides, and what the configuration says already."""


@dataclass(frozen=True)
class Difference:
    """What is different.

    Attributes:
        configuration, environment, data, metrics, speed: By name, both values. Metrics of the last epoch begin with
            ``final.``; the others are of the weights that were kept.
        code: The code of the two.
        curves: Metrics by epoch, those that are not the same.
    """

    configuration: Changes
    environment: Changes
    code: Code
    data: Changes
    metrics: Changes
    speed: Changes
    curves: Mapping[str, tuple[Curve, Curve]] = field(default_factory=dict)

    def differing(self) -> list[str]:
        """Return the parts that are different."""
        return [part for part in PARTS if (not self.code.same if part == "code" else getattr(self, part))]

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""

        def pairs(changes: Changes) -> dict[str, list[Any]]:
            return {name: list(both) for name, both in changes.items()}

        code = self.code
        return {
            "differing": self.differing(),
            **{part: pairs(getattr(self, part)) for part in (*PARTS, "speed") if part != "code"},
            "code": {"commits": list(code.commits), "same": code.same, "patch": code.patch, "note": code.note},
            "curves": {
                name: [{f"{epoch:g}": value for epoch, value in curve.items()} for curve in both]
                for name, both in self.curves.items()
            },
        }


def between(first: Past, second: Past) -> Difference:
    """Return what is different between two runs."""
    one, two = first.environment, second.environment
    courses = curves(first.folder), curves(second.folder)
    names = [name for name in courses[0] if courses[1].get(name) not in (None, courses[0][name]) and name != "lr"]
    return Difference(
        configuration=changes(flat(first.config), flat(second.config)),
        environment=changes(*(flat({k: v for k, v in env.items() if k not in NEITHER}) for env in (one, two))),
        code=compare(one.get("git"), two.get("git")),
        data=changes(flat(one.get("data", {})), flat(two.get("data", {}))),
        metrics=changes(measured(first), measured(second)),
        speed=changes(speed(first), speed(second)),
        curves={name: (courses[0][name], courses[1][name]) for name in names},
    )


def measured(run: Past) -> dict[str, Any]:
    """Return what came out of a run."""
    others = {name: run.described[name] for name in ("status", "objective", "value", "epochs", "steps")}
    others["parameters"] = run.environment.get("parameters")
    return {**others, "best_epoch": run.summary.get("best_epoch"), **run.metrics, **run.last}


def speed(run: Past) -> dict[str, Any]:
    """Return how long a run took."""
    return {"seconds": run.described["seconds"], "samples_per_second": run.summary.get("samples_per_second")}


def changes(first: Mapping[str, Any], second: Mapping[str, Any]) -> Changes:
    """Return what has another value, in the order of the first."""
    keys = dict.fromkeys([*first, *second])
    return {key: (first.get(key), second.get(key)) for key in keys if not same(first.get(key), second.get(key))}


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same; two that are not a number are."""
    return bool(one == other) or (one is not None and one != one and other != other)
