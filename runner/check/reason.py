"""What went wrong, in one line for people."""

from __future__ import annotations

import re

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
    return text if not group or text.startswith((f"{group}.", f"{group}=")) else f"{group}: {text}"


def key_in(message: str, group: str) -> str:
    """Return the first dotted key of a group that a message names, else the group."""
    found = re.search(rf"\b{group}(\.\w+)+", message)
    return found[0] if found else group


def cause(error: Exception) -> Exception:
    """Return what Hydra wrapped."""
    while type(error).__name__ == "InstantiationException" and isinstance(error.__cause__, Exception):
        error = error.__cause__
    return error
