"""A type's schema lets through what the check lets through."""

from pathlib import Path
from typing import Any, Literal

import pytest

from runner.check.value import faults
from runner.schema.kind import DEFINITION, kind, open_to
from runner.types import Betas, Count, Fraction, Positive, Share

KINDS = [
    bool, int, float, str, Path, None, Any, Positive, Count, Share, Fraction, Betas, Count | Literal["auto"],
    Literal["a", 1, True], list[Count], list[str] | None, tuple[int, str], tuple[float, ...], dict[str, Count],
    dict[str, Any], Positive | None,
]  # fmt: skip
VALUES = [
    None, True, False, 0, 1, -1, 3, 0.5, 1.5, "", "a", "auto", [], [1], [0], ["a"], [1, "a"], [0.9, 0.999], [0.9, 1.0],
    {}, {"a": 1}, {"a": 0},
]  # fmt: skip


@pytest.mark.parametrize("annotation", KINDS, ids=str)
def test_the_schema_says_what_the_check_says(annotation):
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator({**open_to(kind(annotation)), "$defs": {"open": DEFINITION}})
    for value in VALUES:
        assert validator.is_valid(value) == (not faults(value, annotation)), value
    assert validator.is_valid("${epochs}"), "an interpolation may stand for anything"
    assert validator.is_valid("???")


def test_without_a_validator():
    assert kind(Positive) == {"type": "number", "exclusiveMinimum": 0}
    assert kind(Share) == {"type": "number", "minimum": 0, "maximum": 1}
    assert kind(Betas)["minItems"] == 2
    assert kind(Any) == {} == open_to(kind(Any))
