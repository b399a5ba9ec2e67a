"""What is asked of a run: ``test/accuracy>=0.97``."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from runner.check.suggest import nearest
from runner.expect import COMPARE, read

_NAME = re.compile(r"\s*([^\s<>=!]+)\s*(.*)", re.DOTALL)


@dataclass(frozen=True)
class Expression:
    """A bound of a number.

    Attributes:
        name: Of the number.
        comparison: One of ``>= <= > <``.
        bound: What it is compared with.
        source: Where the bound comes from, if not from the command.
    """

    name: str
    comparison: str
    bound: float
    source: str = ""

    def holds(self, value: float) -> bool:
        """Tell whether a number is within the bound; NaN never is."""
        return bool(COMPARE[self.comparison](value, self.bound))

    @property
    def wanted(self) -> str:
        return f"{self.comparison} {self.bound:.6g}"


def is_expression(word: str) -> bool:
    """Tell an expression, even one that cannot be read, from a run."""
    return any(sign in word for sign in "<>=") and not Path(word).exists()


def read_expression(text: str) -> Expression:
    """Return what an expression says.

    Raises:
        ValueError: It is none.
    """
    found = _NAME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} names no metric: write 'test/accuracy>=0.97'")
    try:
        comparison, bound = read(found[2])
    except ValueError:
        way_out = "a metric, one of >= <= > <, and a number, such as 'test/accuracy>=0.97'"
        raise ValueError(f"{text!r} is no expectation: write {way_out}") from None
    return Expression(found[1], comparison, bound)


def unknown(name: str, names: Collection[str], of: str) -> str | None:
    """Return what is wrong with a name, or None.

    Args:
        name: Of a metric.
        names: Those that there are.
        of: Which run.
    """
    if name in names:
        return None
    shown = [known for known in names if not known.startswith("seconds/")]
    near = nearest(name, shown) or next((known for known in shown if known.rpartition("/")[2] == name), None)
    hint = f"did you mean {near}?" if near else f"there is {', '.join(shown)}"
    return f"{name} is no metric of {of}: {hint}"
