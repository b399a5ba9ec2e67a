"""Every configuration error at once, before anything is built, and before torch is imported if that can be.

Composition, names, types and ranges come first and need no import of what they check; only a configuration that
passes is built on the meta device, to see whether its parts fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runner.check.problem import Problem, report

if TYPE_CHECKING:
    from runner.check.examine import Checked, problems_of

__all__ = ["Checked", "Problem", "problems_of", "report"]


def __getattr__(name: str) -> Any:
    """Import what needs Hydra when it is asked for: completion reads signatures, and has no time for that."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from runner.check import examine

    return getattr(examine, name)
