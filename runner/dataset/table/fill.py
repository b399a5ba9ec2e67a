"""Values that are missing: what is put in their place, learned from training rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy
from numpy.typing import NDArray

Missing = Literal["drop", "mean", "median", "mode", "interpolate"]


def number_for(values: NDArray[Any], how: Missing) -> float:
    """Return what takes the place of missing numbers.

    Args:
        values: The numbers that are there, float64 [n], n >= 1.
        how: "mean", "median", or "mode", the smallest of the most frequent values. "drop" and "interpolate" get the
            median: it stands in where there are no neighbours.
    """
    if how == "mean":
        return float(values.mean())
    if how == "mode":
        distinct, counts = numpy.unique(values, return_counts=True)
        return float(distinct[counts.argmax()])
    return float(numpy.median(values))


def most_frequent(values: Sequence[str]) -> str:
    """Return the most frequent text, the first in alphabetical order if there are several."""
    distinct, counts = numpy.unique(numpy.array(values, dtype=object), return_counts=True)
    return str(distinct[counts.argmax()])


def interpolated(values: NDArray[Any], places: NDArray[Any]) -> NDArray[Any]:
    """Return numbers with gaps filled by the straight line between the neighbours that are there.

    Before the first and after the last of them, their value goes on. Without any, nothing changes.

    Args:
        values: float64 [n], NaN where missing.
        places: Where on the line each value is, increasing.
    """
    there = ~numpy.isnan(values)
    if not there.any():
        return values
    line: NDArray[Any] = numpy.interp(places, places[there], values[there])
    return line
