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


def shortfall(size: int, world: int, least: int, accumulate: int) -> list[str]:
    """Return what to know of a batch that has too few samples for all processes, or for all its micro-batches.

    Args:
        size: Of the batch, in samples.
        world: Processes.
        least: Samples of the smallest part, and of the smallest micro-batch.
        accumulate: Micro-batches of a process's part that were asked for.
    """
    notes, working = [], max(1, min(world, size // least))
    if working < world:
        few = "one process: all others only keep step" if working == 1 else f"{working}: the others only keep step"
        notes.append(f"hardware.processes={world}: a batch of {size} has samples for {few}")
    fewest = min(len(range(size)[part_of(size, rank, world, least).rows]) for rank in range(world))
    most = max(1, fewest // least)
    if accumulate > most:
        own = " that a process has of a batch" if world > 1 else " of a batch"
        made = "one micro-batch" if most == 1 else f"{most} micro-batches"
        notes.append(f"hardware.accumulate={accumulate}: the {fewest} samples{own} make {made}")
    return notes
