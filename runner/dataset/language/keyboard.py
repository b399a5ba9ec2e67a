"""Which keys lie beside a key, on a US keyboard, and what that means for numbered tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

ROWS = {0.0: "1234567890", 0.5: "qwertyuiop", 0.75: "asdfghjkl", 1.25: "zxcvbnm"}
"""The rows from above, each by how far its first key lies to the right, in keys."""
NEAR = 1.3
"""Between the centres of neighbours, in keys: those left and right, and two in the row above and below."""
BLANK = " \t\n\r\f\v"
"""What ends a word. Not ``str.isspace``, which takes bytes of other letters for blanks."""


def neighbours(character: str) -> str:
    """Return the characters of the keys around a character's key, in the same case; none for other characters."""
    small = character.lower()
    places = {key: (left + i, row) for row, (left, keys) in enumerate(ROWS.items()) for i, key in enumerate(keys)}
    if small not in places:
        return ""
    x, y = places[small]
    near = [key for key, (i, j) in places.items() if key != small and (i - x) ** 2 + (j - y) ** 2 < NEAR**2]
    return "".join(key.upper() if character != small else key for key in near)


@dataclass(frozen=True)
class Keys:
    """What each token is.

    Attributes:
        blank: Whether it ends a word, bool [tokens].
        space: Whether it is the space itself, bool [tokens].
        beside: The tokens of the keys around its own, int64 [tokens, most], filled up with 0.
        count: How many those are, int64 [tokens].
        words: Whether anything is blank.
        typed: Whether anything has a neighbour.
    """

    blank: Tensor
    space: Tensor
    beside: Tensor
    count: Tensor
    words: bool
    typed: bool


@lru_cache(maxsize=8)
def keys(tokens: tuple[str, ...], device: torch.device) -> Keys:
    """Return what tokens are, kept on a device."""
    number = {token: index for index, token in enumerate(tokens)}
    near = [[number[key] for key in neighbours(token) if key in number] for token in tokens]
    most = max([1, *map(len, near)])
    blank = [token != "" and token in BLANK for token in tokens]
    return Keys(
        blank=torch.tensor(blank, device=device),
        space=torch.tensor([token == " " for token in tokens], device=device),
        beside=torch.tensor([row + [0] * (most - len(row)) for row in near], device=device),
        count=torch.tensor([len(row) for row in near], device=device),
        words=any(blank),
        typed=any(near),
    )
