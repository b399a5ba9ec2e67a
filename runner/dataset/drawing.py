"""Random numbers that rows draw while they are read, as a user's own augmentation does: always the same ones."""

from __future__ import annotations

import random

import numpy
import torch

Place = tuple[int, int]
"""Which row, and at which position of the epoch: one that is drawn twice in an epoch is no copy."""


def sow(seed: int) -> None:
    """Seed the generators of the CPU, in a loader's process or in that of the training."""
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    numpy.random.seed(seed % 2**32)
