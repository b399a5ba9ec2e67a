"""Many random numbers out of few, on the device: for changes that need some for every token of a text."""

from __future__ import annotations

import torch
from torch import Tensor

LOW = 0xFFFFFFFF


def spread(uniform: Tensor, count: int) -> Tensor:
    """Return float32 [n, count] in [0, 1), a pure function of ``uniform`` [n, k] in [0, 1).

    Each is a hash of its position and of the k numbers of its row, in integers: every device gives the same bits.
    """
    state = torch.arange(count, device=uniform.device)[None]
    for number in (uniform * 2**24).long().split(1, 1):
        state = mixed(state ^ mixed(number + 1))
    return (mixed(state) >> 8).float() * 2**-24


def mixed(state: Tensor) -> Tensor:
    """Scramble 32-bit numbers, kept in int64: C. Wellons' "lowbias32". Of what overflows the lower half is right."""
    state = (state ^ (state >> 16)) * 0x7FEB352D & LOW
    state = (state ^ (state >> 15)) * 0x846CA68B & LOW
    return state ^ (state >> 16)
