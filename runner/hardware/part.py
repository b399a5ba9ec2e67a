"""Which rows of a batch a process works on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """The rows of a batch that are a process's own.

    Attributes:
        rows: Never empty: a process that is left without samples takes some of another, to keep step.
        counted: Whether they are its own, and count.
    """

    rows: slice
    counted: bool = True


def part_of(size: int, rank: int, world: int, least: int) -> Part:
    """Return the part of a batch of ``size`` samples that process ``rank`` of ``world`` has.

    The parts follow one another, differ by at most one sample, and are of ``least`` samples if there are as many:
    the rest of an epoch may be too small for all.
    """
    parts = max(1, min(world, size // least))
    if rank >= parts:
        return Part(slice(0, min(2, size)), counted=False)
    share, rest = divmod(size, parts)
    begin = rank * share + min(rank, rest)
    return Part(slice(begin, begin + share + (rank < rest)))
