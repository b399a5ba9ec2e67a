"""Importing what a dotted name means, with the error that the module itself raised."""

from __future__ import annotations

from typing import Any

from hydra._internal.utils import _locate


def imported(target: str) -> Any:
    """Return what a dotted name means, exactly as Hydra finds it.

    Hydra's own ``get_object`` prints a failure before it raises, and hides the cause behind a guess: this raises
    the cause, whose traceback ends in the line that failed.

    Raises:
        Exception: Whatever an import raised: it runs the user's code.
    """
    try:
        return _locate(target)
    except ImportError as error:
        if isinstance(error.__cause__, Exception):
            raise error.__cause__ from None
        raise
