"""Parts of Optuna that it calls experimental: which of them we use is our concern, not the user's."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def accepted() -> Iterator[None]:
    """Keep quiet what Optuna says when such a part is made."""
    from optuna.exceptions import ExperimentalWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield
