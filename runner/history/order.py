"""In which order runs are listed, and how many of them."""

from __future__ import annotations

import calendar
import time
from collections.abc import Sequence
from typing import Any

from runner.history.condition import shown
from runner.history.past import Past


def ordered(runs: Sequence[Past], keys: Sequence[str]) -> list[Past]:
    """Return runs sorted by one name after the other; what a run does not have comes last, whichever way.

    Args:
        runs: In the order that counts among equal ones.
        keys: Names; one that begins with ``-`` sorts from high to low.
    """
    found = list(runs)
    for key in reversed(keys):
        name, down = key.removeprefix("-"), key.startswith("-")
        ranks = {id(run): _rank(run.get(name)) for run in found}
        known = [run for run in found if ranks[id(run)] is not None]
        known.sort(key=lambda run, ranks=ranks: ranks[id(run)], reverse=down)  # type: ignore[misc]
        found = known + [run for run in found if ranks[id(run)] is None]
    return found


def _rank(value: Any) -> tuple[int, float, str] | None:
    """Return what a value is sorted by: numbers before texts; None of what is not known, or not a number."""
    if value is None or value != value:
        return None
    return (0, float(value), "") if isinstance(value, int | float) else (1, 0.0, shown(value))


def since(text: str, now: float | None = None) -> float:
    """Return the moment that ``--since`` means, in seconds since 1970.

    Args:
        text: A length of time before now, such as 2d, 3h or 1h30m; or a date, 2026-11-20, or a date and a time, of UTC.
        now: The present.

    Raises:
        ValueError: It is none of these.
    """
    from runner.sweep.duration import seconds

    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        try:
            return float(calendar.timegm(time.strptime(text, form)))
        except ValueError:
            continue
    try:
        length = seconds(text)
    except ValueError:
        length = None
    if length is None:
        raise ValueError(f"--since {text}: give a length of time, such as 2d or 3h, or a date, such as 2026-11-20")
    return (time.time() if now is None else now) - length
