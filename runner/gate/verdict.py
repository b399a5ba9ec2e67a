"""Whether runs are what they were to be, and how that is told: to people, to CI servers, to programs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runner.gate.expression import Expression
from runner.gate.measured import COMPLETE, Measured
from runner.recorded import LAST


@dataclass(frozen=True)
class Check:
    """One thing that was asked of one run.

    Attributes:
        run: Which run.
        name: What was looked at.
        wanted: What it was to be.
        value: What it is; None: it was not measured.
        holds: Whether it is.
        source: Where the wish comes from, if not from the command.
    """

    run: str
    name: str
    wanted: str
    value: float | str | None
    holds: bool
    source: str = ""

    @property
    def of(self) -> str:
        """Which weights were measured, of a metric."""
        if self.name.startswith(LAST):
            return "last epoch"
        return "best weights" if self.name.partition("/")[0] in ("train", "valid", "test") else ""

    @property
    def about(self) -> str:
        """What was measured of which weights, as people read it."""
        return f"{self.name} ({self.of})" if self.of else self.name

    @property
    def got(self) -> str:
        """The value as people read it, with as many digits as tell it from a bound."""
        return "not measured" if self.value is None else self.value if isinstance(self.value, str) else _text(self)

    def plain(self) -> dict[str, Any]:
        """Return plain values, fit for JSON."""
        value = self.value
        finite = str(value) if isinstance(value, float) and not math.isfinite(value) else value
        return {**vars(self), "value": finite, "of": self.of}


def _text(check: Check) -> str:
    assert isinstance(check.value, float)
    short = f"{check.value:.6g}"
    return f"{check.value:.9g}" if not check.holds and short in check.wanted.split() else short


def checks_of(run: Measured, expressions: Sequence[Expression]) -> list[Check]:
    """Return how a run stands: it has to be complete, and within every bound."""
    complete = Check(run.name, "status", " or ".join(COMPLETE), run.status, run.status in COMPLETE)
    found = []
    for wanted in expressions:
        value = run.numbers.get(wanted.name)
        holds = value is not None and wanted.holds(value)
        found.append(Check(run.name, wanted.name, wanted.wanted, value, holds, wanted.source))
    return [complete, *found]


def lines(checks: Sequence[Check]) -> list[str]:
    """Return a table for people, a block for each run."""
    names, gots, wanteds = (
        max((len(text) for text in texts), default=0)
        for texts in zip(*((check.about, check.got, check.wanted) for check in checks), strict=True)
    )
    text: list[str] = []
    for run in dict.fromkeys(check.run for check in checks):
        text.append(run)
        for check in checks:
            if check.run == run:
                row = f"{check.about:<{names}}  {check.got:>{gots}}  {check.wanted:<{wanteds}}  {check.source}"
                text.append(f"  {'ok' if check.holds else 'MISSED':<6}  {row}".rstrip())
    return [*text, total(checks)]


def total(checks: Sequence[Check]) -> str:
    """Return the verdict in one line."""
    missed = sum(not check.holds for check in checks)
    return f"{missed} of {len(checks)} missed" if missed else f"all {len(checks)} hold"


def markdown(checks: Sequence[Check], notes: Sequence[str] = ()) -> str:
    """Return a table that GitHub and GitLab show."""

    def cell(text: str) -> str:
        return text.replace("|", "\\|").replace("\n", " ")

    rows = [
        (check.run, check.about, check.got, check.wanted, check.source, "yes" if check.holds else "**missed**")
        for check in checks
    ]
    head = ("run", "what", "measured", "wanted", "because of", "holds")
    table = [f"| {' | '.join(map(cell, row))} |" for row in (head, *rows)]
    table.insert(1, "| --- | --- | ---: | --- | --- | --- |")
    title = f"### runner assert: {total(checks)}"
    return "\n".join([title, "", *table, *(f"\n{note}" for note in notes), ""])


def junit_of(checks: Sequence[Check]) -> str:
    """Return a test report with a case for each check."""
    from runner.junit import Case, junit

    return junit(
        "assert",
        [
            Case(
                group=check.run,
                name=f"{check.name} {check.wanted}",
                state="passed" if check.holds else "failed",
                message="" if check.holds else f"wanted {check.wanted}, got {check.got}",
                text=check.source
                if check.holds
                else f"{check.about}: {check.got}, wanted {check.wanted} {check.source}",
            )
            for check in checks
        ],
    )
