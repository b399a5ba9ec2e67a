"""What Hydra raises for a user's mistake, and what it says."""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

Refusal = (HydraException, OmegaConfBaseException, yaml.YAMLError, ValueError, TypeError, OSError)
"""What Hydra raises for a user's mistake, one way or another."""


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it came of, the innermost last."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def first_line(error: BaseException) -> str:
    """Return the first line that an error, or its cause, has to say."""
    for cause in chain(error):
        if text := str(cause).strip():
            return text.splitlines()[0]
    return type(error).__name__
