"""What was written, held against the checkpoint: on batches of several sizes, and sequences of several lengths."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torch import Tensor

from runner.export.pt2 import first_line
from runner.export.subject import CannotExport, Subject

BATCHES = (1, 2, 7)


@dataclass(frozen=True)
class Difference:
    """How far a file is from the checkpoint.

    Attributes:
        largest: Of all outputs, absolute.
        allowed: What it may be: the tolerance, times the largest output if that is above 1.
        batches: The batch sizes that were tried.
        lengths: The lengths of sequences that were tried; none if they are no sequences.
        free: Whether sequences may have any length that the model takes.
    """

    largest: float
    allowed: float
    batches: tuple[int, ...]
    lengths: tuple[int, ...] = ()
    free: bool = False


def compare(subject: Subject, written: Callable[[Tensor], Tensor], free: bool, tolerance: float) -> Difference:
    """Return the largest difference between what a model says and what its written form says.

    Args:
        subject: The model.
        written: Its form, read from the file.
        free: Whether other lengths than that of the data are to be tried.
        tolerance: What the difference may be, in units of the largest output or of 1.

    Raises:
        CannotExport: It is larger, not a number, or the written form refuses a batch that the model takes.
    """
    largest, scale, lengths = 0.0, 1.0, set()
    for length, count, inputs, expected in trials(subject, free):
        where = f"a batch of {count}" + (f" and length {length}" if length else "")
        try:
            found = written(inputs)
        except Exception as error:  # a runtime of somebody else's: whatever it raises
            raise CannotExport(f"it does not take {where}: {first_line(error)}") from error
        if found.shape != expected.shape:
            raise CannotExport(f"for {where} it gives {list(found.shape)}, the checkpoint {list(expected.shape)}")
        difference = (found.double() - expected.double()).abs().max().item()
        scale = max(scale, expected.abs().max().item())
        largest = difference if math.isnan(difference) else max(largest, difference)
        if not difference <= tolerance * scale:
            raise CannotExport(
                f"for {where} it differs from the checkpoint by {difference:.2g}: {tolerance:g} is allowed"
            )
        lengths.add(length)
    return Difference(largest, tolerance * scale, BATCHES, tuple(sorted(lengths - {0})), free)


def trials(subject: Subject, free: bool) -> Iterator[tuple[int, int, Tensor, Tensor]]:
    """Yield lengths (0: no sequence), batch sizes, inputs, and what the model says; no lengths that it refuses."""
    own = subject.shape[0] if subject.is_sequence else 0
    for length in sorted({own, max(1, own // 2), own + 3}) if free and own else [own]:
        for count in BATCHES:
            inputs = subject.inputs(count, length or None)
            try:
                expected = subject.outputs(inputs)
            except (RuntimeError, ValueError, IndexError):
                if length == own:
                    raise
                break
            yield length, count, inputs, expected
