"""What was measured before, and how much worse may be now."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.durable import write_json
from runner.gate.expression import Expression
from runner.gate.measured import COMPLETE, Measured, folder_of, measured

_TOLERANCE = re.compile(r"(?:([^\s=]+)=)?(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)\s*(%?)")


@dataclass(frozen=True)
class Tolerance:
    """How much worse than a baseline still holds.

    Attributes:
        amount: Not negative.
        relative: Whether it is a share of the baseline's value.
        text: As it was written.
    """

    amount: float = 0.0
    relative: bool = False
    text: str = "0"

    def slack(self, value: float) -> float:
        """Return the difference that is allowed at a value."""
        return self.amount * abs(value) if self.relative else self.amount


def read_tolerance(text: str) -> tuple[str | None, Tolerance]:
    """Return the metric that a tolerance is for, None for all, and the tolerance: ``0.5%``, ``test/loss=0.02``.

    Raises:
        ValueError: It is none.
    """
    found = _TOLERANCE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"--tolerance {text}: write a share, 0.5%, or a difference, 0.005; of one metric test/loss=5%")
    name, number, percent = found.groups()
    return name, Tolerance(float(number) / (100 if percent else 1), bool(percent), f"{number}{percent}")


def read_baseline(reference: str) -> Measured:
    """Return a baseline: a file that ``--write-baseline`` wrote, a run, or a sweep's best trial.

    Raises:
        ValueError: It is none of these.
    """
    path = Path(reference)
    if not reference.endswith(".json") and not path.is_file():
        return measured(folder_of(reference))
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        numbers = {str(name): float(value) for name, value in found["metrics"].items()}
        return Measured(
            name=str(found.get("run", reference)),
            status="finished",
            numbers=numbers,
            names=tuple(numbers),
            data=found.get("data"),
            commit=found.get("commit"),
        )
    except OSError as error:
        raise ValueError(f"--baseline {reference}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"--baseline {reference} was not written by --write-baseline") from None


def write_baseline(path: Path, run: Measured) -> None:
    """Write what later runs are held against, whole or not at all; numbers only, so that it can be kept in git."""
    numbers = {name: value for name, value in run.numbers.items() if math.isfinite(value)}
    day = time.strftime("%Y-%m-%d", time.gmtime())
    write_json(path, {"run": run.name, "day": day, "commit": run.commit, "data": run.data, "metrics": numbers})


def against(
    run: Measured, baseline: Measured, tolerances: Mapping[str | None, Tolerance], names: Sequence[str] = ()
) -> list[Expression]:
    """Return what a run has to reach, each metric in its direction.

    Args:
        run: Tells which way is better.
        baseline: What was reached.
        tolerances: By metric; None is for all others.
        names: What to compare; none: every test metric that both have. Metrics with a tolerance of their own are
            always compared.

    Raises:
        ValueError: There is nothing to compare, or one of the names cannot be.
    """
    has = run.numbers if run.status in COMPLETE else run.names  # what a run measures no more is nothing to compare
    usual = [n for n in run.directions if n.startswith("test/") and n in baseline.numbers and n in has]
    own = [name for name in tolerances if name is not None]
    wanted = list(dict.fromkeys([*(names or usual), *own]))
    if not wanted:
        raise ValueError(f"--baseline {baseline.name} has no test metric in common with {run.name}: say --metric NAME")
    return [_bound(name, run, baseline, tolerances.get(name, tolerances.get(None, Tolerance()))) for name in wanted]


def _bound(name: str, run: Measured, baseline: Measured, tolerance: Tolerance) -> Expression:
    value = baseline.numbers.get(name)
    if name not in run.directions:
        raise ValueError(f"{name}: neither more nor less is better, so no baseline bounds it: write {name}<=...")
    if value is None or not math.isfinite(value):
        raise ValueError(f"--baseline {baseline.name} has no number for {name}")
    larger = run.directions[name] == "max"
    slack = tolerance.slack(value)
    if larger and value >= 0 and slack > value:
        share = "" if tolerance.relative else f"; of a share say {tolerance.text}%"
        raise ValueError(
            f"--tolerance {tolerance.text}: {name} {value:.6g} could not fall as far, so that all would hold{share}"
        )
    source = f"baseline {value:.6g}" + (f" {'-' if larger else '+'} {tolerance.text}" if tolerance.amount else "")
    return Expression(name, ">=" if larger else "<=", value - slack if larger else value + slack, source)
