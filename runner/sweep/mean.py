"""The mean of some values, and how far they lie apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


def mean_and_sd(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean of values and their standard deviation, that of a sample (n - 1); None of fewer than two."""
    if not values:
        return math.nan, None
    return fmean(values), stdev(values) if len(values) > 1 else None
