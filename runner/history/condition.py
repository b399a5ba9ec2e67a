"""Which runs: ``test/accuracy>0.9``, ``model=mlp``, ``tag=good``, ``optimizer.lr<=1e-3``, ``note~warm``, or an id."""

from __future__ import annotations

import fnmatch
import json
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from runner.history.past import ALIASES, ALWAYS, Past

ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge
}  # fmt: skip
FORM = re.compile(r"([^<>=!~\s]+?)\s*(<=|>=|!=|!~|==|=|<|>|~)\s*(.*)", re.DOTALL)
NOTHING = ("", "null", "none", "-")


@dataclass(frozen=True)
class Condition:
    """What a run has to be.

    Attributes:
        name: Of what is known of a run; empty: its id begins with ``wanted``.
        sign: = != < <= > >= ~ !~; of patterns with * too; ~: contains.
        wanted: What it is compared with.
    """

    name: str
    sign: str
    wanted: str

    def holds(self, run: Past) -> bool:
        """Tell whether a run is like that; what is not known of it is neither less nor more than anything."""
        if not self.name:
            return str(run.get("run")).startswith(self.wanted) or run.folder.name.startswith(self.wanted)
        value = run.get(self.name)
        if self.sign.startswith("!"):
            return not agrees(value, self.sign[1:], self.wanted)
        return agrees(value, self.sign, self.wanted)


def read_condition(word: str) -> Condition:
    """Return what a word asks for.

    Raises:
        ValueError: It compares nothing.
    """
    found = FORM.fullmatch(word.strip())
    if found is None:
        if re.search("[<>=!~]", word) or not word.strip():
            raise ValueError(f"{word!r} is no condition: write NAME, one of = != < <= > >= ~, and a value")
        return Condition("", "=", word.strip())
    return Condition(found[1], found[2].replace("==", "="), found[3].strip())


def agrees(value: Any, sign: str, wanted: str) -> bool:
    """Tell whether a value is as wanted.

    Numbers are compared as numbers and texts as texts; of several values one is enough.
    """
    if sign == "=" and wanted.lower() in NOTHING:
        return value is None or value in ([], "")
    if value is None:
        return False
    if isinstance(value, list):
        return shown(value).replace(" ", "") == wanted.replace(" ", "") or any(
            agrees(one, sign, wanted) for one in value
        )
    if sign == "~":
        return wanted.lower() in shown(value).lower()
    mine, other = _number(value), _number(wanted)
    if mine is not None and other is not None:
        return mine == other if sign == "=" else ORDERS[sign](mine, other)
    text = shown(value)
    if sign == "=":
        return fnmatch.fnmatchcase(text, wanted)
    return mine is None and other is None and ORDERS[sign](text, wanted)


def shown(value: Any) -> str:
    """Return a value as one would type it."""
    if isinstance(value, str):
        return value
    return json.dumps(value, default=str)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def check_names(names: Iterable[str], runs: Sequence[Past]) -> None:
    """Raise ``ValueError`` for a name under which nothing is known of any run: it is mistyped, more likely than not."""
    for name in names:
        if not runs or ALIASES.get(name, name) in ALWAYS or any(run.get(name) is not None for run in runs):
            continue
        known = {key: None for run in runs for key in run.everything}
        if name in known:  # of all runs it is null
            continue
        from runner.check.suggest import nearest

        near = nearest(name, known)
        hint = f"did you mean {near}?" if near else "see the names in runner runs --names"
        raise ValueError(f"no run has {name}: {hint}")


def matching(conditions: Sequence[Condition], runs: Sequence[Past]) -> list[Past]:
    """Return the runs for which all conditions hold.

    Raises:
        ValueError: A condition is about something that no run has.
    """
    check_names([condition.name for condition in conditions if condition.name], runs)
    return [run for run in runs if all(condition.holds(run) for condition in conditions)]
