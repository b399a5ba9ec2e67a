"""An experiment is a sentence of parts: ``runner dataset=digits model=cnn schedule=onecycle``.

The same from Python, in a script or a notebook:

    >>> from runner import compose, load, train
    >>> run = train(compose("dataset=digits", "model=mlp", "epochs=5"))
    >>> run.metrics["test/accuracy"], run.model, run.folder
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runner.api import Mistakes, compose, load, train
    from runner.result import Result

__version__ = "0.1.0"
__all__ = ["Mistakes", "Result", "__version__", "compose", "load", "train"]


class _Package(ModuleType):
    """Keeps ``runner.train`` a function: importing ``runner/train.py`` would put that module in its place.

    The modules of these names are imported from, ``from runner.train import ...``, which does not need the attribute.
    """

    def __getattr__(self, name: str) -> Any:
        """Import the Python interface when it is first asked for: ``import runner`` alone costs nothing."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from runner import api

        return getattr(api, name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *__all__]

    def __setattr__(self, name: str, value: object) -> None:
        if name not in __all__ or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
