"""Texts of others on a terminal, which obeys what it is sent."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a text in which nothing is left that a terminal would obey: control characters as they are escaped."""
    return text if text.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
