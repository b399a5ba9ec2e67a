"""What a design is: points that are known before the first trial ends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Protocol, runtime_checkable

from runner.sweep.space import Point, Space

TRIES = 30
"""So many draws for each point of a finite space, then what is missing comes in the order of the grid."""


@runtime_checkable
class Design(Protocol):
    """A list of points that space and seed decide."""

    def points(self, space: Space, total: int | None, seed: int) -> list[Point]:
        """Return the first ``total`` points, or all if there are fewer; more of them extend the same list.

        Args:
            space: What is searched.
            total: None: all, if there is an end of them.
            seed: Of the search.
        """


class Draw(Protocol):
    """A source of points without an end."""

    def __call__(self, start: int, stop: int) -> list[Point]:
        """Return the draws from one number to the one before another."""


def distinct(draw: Draw, space: Space, total: int) -> list[Point]:
    """Return the first points of an endless source that differ from one another.

    Of a space with fewer points than that every point, once. The draws that find its last points would be many: after
    ``TRIES`` for each point the rest are taken in the order of the grid.
    """
    found: dict[tuple[object, ...], Point] = {}
    size = space.size
    wanted = total if size is None else min(total, size)
    for points in _blocks(draw, None if size is None else TRIES * size):
        for point in points:
            if len(found) == wanted:
                return list(found.values())
            found.setdefault(_key(point), point)
    for point in space.everything():
        if len(found) == wanted:
            break
        found.setdefault(_key(point), point)
    return list(found.values())


def _key(point: Point) -> tuple[object, ...]:
    return tuple(sorted(point.items()))


def _blocks(draw: Draw, limit: int | None) -> Iterator[list[Point]]:
    """Yield draws in growing blocks, up to a number of them."""
    start = 0
    for power in count(6):
        stop = start + 2**power if limit is None else min(start + 2**power, limit)
        if stop == start:
            return
        yield draw(start, stop)
        start = stop
