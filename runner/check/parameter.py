"""What a target can be called with, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runner.check.definition import Definition

REQUIRED = object()
"""The default of a parameter that has none."""


@dataclass(frozen=True)
class Parameter:
    """One parameter that can be given by name."""

    name: str
    annotation: Any = Any
    default: Any = REQUIRED  # its value, or its source text where that is no plain value
    doc: str = ""

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is REQUIRED


@dataclass(frozen=True)
class Signature:
    """What a target can be called with.

    Attributes:
        target: Its dotted name.
        parameters: By name, in order.
        open: It takes any other name too.
        definition: Where it is written.
    """

    target: str
    parameters: dict[str, Parameter]
    open: bool
    definition: Definition
