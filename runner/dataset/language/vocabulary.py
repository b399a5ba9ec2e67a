"""From characters to numbers: which characters count is decided by training text alone."""

from __future__ import annotations

from typing import Any

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

UNKNOWN = "\ufffd"
"""The token of every character without one of its own: Unicode's replacement character."""

Points = NDArray[numpy.unsignedinteger[Any]]
CHUNK = 1 << 22
"""Characters that are counted at a time: counting needs eight bytes for each."""


def points(text: str) -> Points:
    """Return the Unicode number of every character, uint32 [n]."""
    return numpy.frombuffer(text.encode("utf-32-le"), dtype="<u4")


def characters(numbers: Points, min_frequency: int) -> tuple[str, ...]:
    """Return the characters that occur at least ``min_frequency`` times, in the order of their Unicode numbers."""
    counts = numpy.zeros(0x110000, dtype=numpy.int64)
    for start in range(0, len(numbers), CHUNK):
        counts += numpy.bincount(numbers[start : start + CHUNK], minlength=len(counts))
    counts[ord(UNKNOWN)] = 0  # has its place already
    return tuple(map(chr, numpy.flatnonzero(counts >= min_frequency)))


def encode(numbers: Points, tokens: tuple[str, ...]) -> Tensor:
    """Return the position of every character among ``tokens``, that of ``UNKNOWN`` for those that are not there.

    Args:
        numbers: From ``points``.
        tokens: Single characters, ``UNKNOWN`` among them; an empty token stands for padding and is never returned.

    Returns:
        uint8 for up to 256 tokens, else int32: text is large, and batches are widened when they are cut.
    """
    table = numpy.full(0x110000, tokens.index(UNKNOWN), dtype=numpy.uint8 if len(tokens) <= 256 else numpy.int32)
    for index, token in enumerate(tokens):
        if token:
            table[ord(token)] = index
    return torch.from_numpy(table[numbers])
