"""What a run promises: ``expect: {test/accuracy: ">= 0.92"}``, held against what came out."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping

COMPARE = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_FORM = re.compile(r"\s*(>=|<=|>|<)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*")


def read(text: str) -> tuple[str, float]:
    """Return the comparison and the number of an expectation.

    Raises:
        ValueError: It is not of the form ``>= 0.92``.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no expectation: write a comparison and a number, such as '>= 0.92'")
    return found[1], float(found[2])


def missed(expect: Mapping[str, str], metrics: Mapping[str, float]) -> list[str]:
    """Return a sentence for each expectation that did not come true; NaN and a missing metric fail every one."""
    sentences = []
    for name, text in expect.items():
        word, bound = read(text)
        value = metrics.get(name)
        if value is None:
            sentences.append(f"expected {name} {word} {bound:g}, it was not measured")
        elif not COMPARE[word](value, bound):
            sentences.append(f"expected {name} {word} {bound:g}, got {value:.6g}")
    return sentences
