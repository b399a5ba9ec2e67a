"""What went wrong, in one line for people, and which key or whose code is to blame."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from runner.check.facts import SPECIAL
from runner.check.frame import own_frame
from runner.check.problem import Problem
from runner.redact import redacted


def reason_of(error: Exception, group: str = "") -> str:
    """Return the first line of an error, or of the one that Hydra wrapped.

    Args:
        error: Of a user's mistake: its own words are enough; of anything else, its kind is said too.
        group: Where it happened, put in front unless the error names the place itself.
    """
    error = cause(error)
    lines = [line for line in str(error).splitlines() if line.strip()]
    text = redacted(lines[0]) if lines else type(error).__name__
    text = text if isinstance(error, ValueError | RuntimeError) else f"{type(error).__name__}: {text}"
    return text if not group or text.startswith(tuple(f"{group}{sign}" for sign in ".=: ")) else f"{group}: {text}"


def problem_of(error: Exception, key: str, node: Mapping[str, Any], subject: str = "") -> Problem:
    """Return the mistake behind an error that a part raised.

    Args:
        error: As it was caught.
        key: Of the part.
        node: The part's values, of which the error may name one.
        subject: What the sentence begins with; empty: the key, unless the error names the place itself.
    """
    message = f"{subject}: {reason_of(error)}" if subject else reason_of(error, key)
    code, guilty = own_frame(cause(error)), key_in(reason_of(error, "" if subject else key), key, node)
    return Problem(message, key=f"{key}._target_" if code and guilty == key else guilty, code=code)


def key_in(message: str, group: str, node: Mapping[str, Any] | None = None) -> str:
    """Return the key whose value a message names, else the first dotted key that it names, else the group.

    Args:
        message: Of an error.
        group: Whose keys are looked for.
        node: Its values. Only words count: a number may be any number.
    """
    for key, value in sorted(_words(node or {}, group), key=lambda item: -len(item[1])):
        if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", message):
            return key
    found = re.search(rf"\b{re.escape(group)}(\.\w+)+", message)
    return found[0] if found else group


def _words(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _words(value, f"{path}.{key}")
        elif isinstance(value, str) and key not in SPECIAL and len(value) > 2 and re.search(r"[^\W\d]", value):
            yield f"{path}.{key}", value


def cause(error: Exception) -> Exception:
    """Return what Hydra wrapped."""
    while type(error).__name__ == "InstantiationException" and isinstance(error.__cause__, Exception):
        error = error.__cause__
    return error
