"""Did you mean: the nearest right word."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name most like ``word``; a dotted name also by its last part (``lr`` is ``optimizer.lr``)."""
    names = list(dict.fromkeys(names))
    tail = word.rpartition(".")[2]
    exact = [name for name in names if name.rpartition(".")[2] == tail]
    if "." in word and exact:  # the key is right and the way to it is not
        return max(exact, key=lambda name: SequenceMatcher(None, word, name).ratio())
    if whole := get_close_matches(word, names, n=1, cutoff=0.7):
        return whole[0]
    if exact:
        return min(exact, key=lambda name: (name.count("."), len(name)))
    parent = word.rpartition(".")[0]
    beside = [name for name in names if parent and name.rpartition(".")[0] == parent]
    if near := get_close_matches(tail, [name.rpartition(".")[2] for name in beside], n=1, cutoff=0.5):
        return f"{parent}.{near[0]}"
    if "." not in word:
        tails = {name.rpartition(".")[2]: name for name in reversed(names)}
        if near := get_close_matches(word, tails, n=1, cutoff=0.75):
            return tails[near[0]]
    whole = get_close_matches(word, names, n=1, cutoff=0.6)
    return whole[0] if whole else None


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return ``: did you mean x?``, or a short list of what there is, or nothing."""
    names = list(names)
    near = nearest(word, names)
    if near is not None:
        return f": did you mean {near}?"
    return f": there is {', '.join(names)}" if 0 < len(names) <= 12 else ""
