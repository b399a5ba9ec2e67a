"""The number types of the configuration: a name for each range, read by the checker from signatures.

A parameter annotated ``lr: Positive`` needs no check of its own: every configuration is held against the
signatures of its targets before anything is built (see ``runner/check``). Imports nothing heavy.
"""

from typing import Annotated

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
