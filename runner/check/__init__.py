"""Every configuration error at once, before anything is built, and before torch is imported if that can be.

Composition, names, types and ranges come first and need no import of what they check; only a configuration that
passes is built on the meta device, to see whether its parts fit.
"""

from __future__ import annotations

from runner.check.problem import Problem, report

__all__ = ["Checked", "Problem", "examine", "problems_of", "report", "settle"]

from runner.check.examine import Checked, examine, problems_of
from runner.check.settle import settle
