"""How long something may take: a number of seconds, or a text like 90s, 10m, 2h, 1h30m, 1d."""

from __future__ import annotations

import re
from math import isfinite

UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
NUMBER = r"(\d+(?:\.\d+)?|\.\d+)"
FORM = re.compile("".join(rf"(?:{NUMBER}\s*{unit}\s*)?" for unit in UNITS))


def seconds(duration: str | float | None) -> float | None:
    """Return a duration in seconds; of None, which means no limit, None.

    Args:
        duration: Seconds, or days, hours, minutes and seconds in this order, each of them with its letter.

    Raises:
        ValueError: It is none, or not longer than nothing.
    """
    if duration is None:
        return None
    found = _read(duration.strip().lower()) if isinstance(duration, str) else float(duration)
    if found is None or not isfinite(found) or found <= 0:
        raise ValueError(f"{duration!r} is no length of time: give seconds, or a text like 90s, 10m, 2h, 1h30m, 1d")
    return found


def _read(text: str) -> float | None:
    if re.fullmatch(NUMBER, text):
        return float(text)
    parts = FORM.fullmatch(text)
    if parts is None or not text:
        return None
    return sum(float(part) * size for part, size in zip(parts.groups(), UNITS.values(), strict=True) if part)
