"""Tables in memory: columns of numbers or text, and where in the file each row was."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy
from numpy.typing import NDArray


@dataclass(frozen=True)
class Table:
    """Columns of the same length. Nobody changes them: what was read is kept for the next one who asks.

    Attributes:
        path: Of the file, for messages.
        columns: By name: float64, NaN where a value is missing; or texts as objects, None where one is missing.
        lines: In which line of the file each row begins, int64 [n].
    """

    path: str
    columns: dict[str, NDArray[Any]]
    lines: NDArray[numpy.int64]

    def __len__(self) -> int:
        return len(self.lines)

    def take(self, rows: NDArray[Any]) -> Table:
        """Return some of the rows: positions, or a mask."""
        return Table(self.path, {name: column[rows] for name, column in self.columns.items()}, self.lines[rows])

    def where(self, row: int) -> str:
        """Return file and line of a row, for messages."""
        return f"{self.path}, line {self.lines[row]}"

    def column(self, name: str, key: str) -> NDArray[Any]:
        """Return a column.

        Args:
            name: Of the column.
            key: The key that named it, for the message.

        Raises:
            ValueError: There is none of that name; the message has the nearest one.
        """
        if name not in self.columns:
            near = get_close_matches(name, self.columns, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(list(self.columns)[:20])}"
            raise ValueError(f"{key}={name}: {self.path} has no such column: {hint}")
        found: NDArray[Any] = self.columns[name]
        return found


def present(column: NDArray[Any]) -> NDArray[Any]:
    """Return where a column has values, bool [n]."""
    if column.dtype == object:
        return numpy.array([value is not None for value in column], dtype=bool)
    there: NDArray[Any] = ~numpy.isnan(column)
    return there


def first(mask: NDArray[Any]) -> int | None:
    """Return the first row in which a mask, [n] or [n, columns], holds."""
    rows = numpy.flatnonzero(mask if mask.ndim == 1 else mask.any(1))
    return int(rows[0]) if len(rows) else None


def is_number(text: str) -> bool:
    """Tell whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
