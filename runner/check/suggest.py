"""Did you mean: the nearest right word."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

NEAR = 0.6
"""How alike two words have to be, from 0 to 1."""


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name most like ``word``, or None if none is like it.

    Dotted names are compared part by part: ``modle.depth`` and ``model.dept`` are near ``model.depth``, and a word
    without a dot is near a name that ends in it (``lr`` is ``optimizer.lr``).
    """
    ranked = sorted(((likeness(word, name), ratio(word, name), name) for name in dict.fromkeys(names)), reverse=True)
    return ranked[0][2] if ranked and ranked[0][0] >= NEAR else None


def likeness(word: str, name: str) -> float:
    """Return how alike two dotted names are, from 0 to 1."""
    parent, _, last = word.lower().rpartition(".")
    parent_of_name, _, last_of_name = name.lower().rpartition(".")
    if parent == parent_of_name:
        return ratio(last, last_of_name)
    if last == last_of_name:  # the right key in the wrong place
        return 0.6 + 0.4 * ratio(parent, parent_of_name)
    if not parent:
        return 0.85 * ratio(last, last_of_name)
    return min(ratio(parent, parent_of_name), ratio(last, last_of_name))


def ratio(word: str, name: str) -> float:
    """Return how alike two words are, from 0 to 1; the beginning of a word is like it."""
    alike = SequenceMatcher(None, word, name).ratio()
    return max(alike, 0.8) if len(word) >= 3 and name.startswith(word) else alike


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return ``: did you mean x?``, or a short list of what there is, or nothing."""
    names = list(names)
    near = nearest(word, names)
    if near is not None:
        return f": did you mean {near}?"
    return f": there is {', '.join(names)}" if 0 < len(names) <= 12 else ""
