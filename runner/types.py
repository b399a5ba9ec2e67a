"""The types of the configuration, a name for each range of numbers and for paths, read by the checker from signatures.

A parameter annotated ``lr: Positive`` needs no check of its own: every configuration is held against the
signatures of its targets before anything is built (see ``runner/check``). Imports nothing heavy.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen

Positive = Annotated[float, Gt(0)]
NonNegative = Annotated[float, Ge(0)]
Share = Annotated[float, Ge(0), Le(1)]
"""A fraction of a whole, both ends included."""
Fraction = Annotated[float, Ge(0), Lt(1)]
"""A fraction that leaves something over: 0 <= x < 1."""
Count = Annotated[int, Ge(1)]
Whole = Annotated[int, Ge(0)]
Betas = Annotated[list[Fraction], MinLen(2), MaxLen(2)]
"""Decay of the running mean of the gradient and of its square, as in Adam."""


@dataclass(frozen=True)
class Existing:
    """The mark of a text that names something on the disk: it is looked for before anything heavy is imported.

    Attributes:
        kind: What it has to be; ``files``: a file, a folder, or a pattern that some files match.
    """

    kind: Literal["file", "folder", "files"]


File = Annotated[str, Existing("file")]
Folder = Annotated[str, Existing("folder")]
Files = Annotated[str, Existing("files")]
