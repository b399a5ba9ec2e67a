"""What is wrong, and where."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from runner.redact import redacted
from runner.secret import MASK, looks_secret, masked_override


@dataclass(frozen=True)
class Problem:
    """One mistake of the user's.

    Attributes:
        message: The thing, the value and the way out, in one line.
        place: The override, or file:line; empty if there is none.
        key: The dotted key that it is about, so that the place can be found later.
        code: Where it shows in the user's own code: file:line in function. The place is then what chose that code.
    """

    message: str
    place: str = ""
    key: str = ""
    code: str = ""

    @property
    def is_absent_hardware(self) -> bool:
        """Whether only this machine is to blame: the configuration asks for a device that is not here."""
        return self.key.startswith("hardware") and "is not on this machine" in self.message

    def __str__(self) -> str:
        key, _, value = self.place.partition("=")
        message = self.message.replace(value, MASK) if value and looks_secret(key) else self.message
        places = [self.code, masked_override(self.place)]
        return redacted("\n  --> ".join([f"error: {message}", *(place for place in places if place)]))


def report(problems: Iterable[Problem]) -> int:
    """Print problems, each once, and return the exit code of a wrong configuration."""
    unique = list(dict.fromkeys(str(problem) for problem in problems))
    for text in unique:
        print(text, file=sys.stderr)
    count = "1 error" if len(unique) == 1 else f"{len(unique)} errors"
    print(f"{count}. Nothing was started.", file=sys.stderr)
    return 2
