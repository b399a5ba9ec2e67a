"""Values against types: strict, all at once, in words."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge, Interval, MaxLen, MinLen, MultipleOf

from runner.check.value import faults, words
from runner.types import Count, Fraction, NonNegative, Positive, Share, Whole


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, int),
        (1, float),
        (1.5, float),
        (True, bool),
        ("a", str),
        (None, None),
        (None, int | None),
        (None, Count | None),
        ("a/b", Path),
        ([], list[int]),
        ([1, 2], list[int]),
        ([1, 2.5], tuple[int, float]),
        ([1, 2, 3], tuple[int, ...]),
        ({"a": 1}, dict[str, int]),
        ("relu", Literal["relu", "gelu"]),
        (3, Literal[3, "all"]),
        ("auto", Count | Literal["auto"]),
        (7, Count | Literal["auto"]),
        (0, Whole),
        (0.0, NonNegative),
        (1, Share),
        (1e-9, Positive),
        (0.999, Fraction),
        (object(), Any),
        (4, Annotated[int, MultipleOf(2)]),
        ([1], Annotated[list[int], MinLen(1), MaxLen(1)]),
        ("x", int | str),
    ],
)
def test_right_values_pass(value, kind):
    assert faults(value, kind) == []


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (True, int, "must be a whole number, got true"),
        (False, float, "must be a number, got false"),
        (1, bool, "must be true or false, got 1"),
        ("3", int, "must be a whole number, got '3'"),
        (1.0, int, "must be a whole number, got 1.0"),
        (None, int, "must be a whole number, got null"),
        (3, str, "must be text, got 3"),
        (0, Count, "must be >= 1, got 0"),
        (1, Fraction, "must be >= 0 and < 1, got 1"),
        (-0.1, Share, "must be >= 0 and <= 1, got -0.1"),
        (float("nan"), Positive, "must be > 0, got nan"),
        ("x", Positive, "must be a number > 0, got 'x'"),
        ("abc", list[int], "must be a list of whole numbers, got 'abc'"),
        ({"a": 1}, list, "must be a list, got {'a': 1}"),
        ([1], dict[str, int], "must be a mapping, got [1]"),
        ([1, 2], tuple[float], "must be a list of 1, got [1, 2]"),
        ("x", Count | None, "must be a whole number >= 1 or null, got 'x'"),
        (0, Count | None, "must be >= 1, got 0"),
        ("atuo", Count | Literal["auto"], "must be a whole number >= 1 or auto, got 'atuo': did you mean auto?"),
        (0, Count | Literal["auto"], "must be >= 1, got 0"),
        ("half", bool | Literal["auto"], "must be true or false or auto, got 'half'"),
        ("rellu", Literal["relu", "gelu"], "must be one of relu, gelu, got 'rellu': did you mean relu?"),
        ([1.5], int | str, "must be a whole number or text, got [1.5]"),
        (3, Annotated[int, MultipleOf(2)], "must be a multiple of 2, got 3"),
        ([], Annotated[list[int], MinLen(1)], "must be of length >= 1, got []"),
    ],
)
def test_wrong_values_are_told_in_words(value, kind, expected):
    assert faults(value, kind) == [("", expected)]


def test_every_wrong_element_is_found_at_its_place():
    assert faults([1, 0, "x"], list[Count]) == [
        ("[1]", "must be >= 1, got 0"),
        ("[2]", "must be a whole number >= 1, got 'x'"),
    ]
    assert faults({"a": {"b": -1}}, dict[str, dict[str, Whole]]) == [(".a.b", "must be >= 0, got -1")]
    assert faults([0.9, 2], list[Fraction] | None) == [("[1]", "must be >= 0 and < 1, got 2")]


def test_an_unknown_mark_or_type_is_not_checked():
    assert faults("x", type("Strange", (), {})) == []
    assert faults(-5, Annotated[int, "a note"]) == []
    assert faults(-5, Annotated[int, Ge(0), "a note"]) != []
    assert faults(0, Annotated[int, Interval(ge=0)]) == []


def test_types_in_words():
    assert words(list[Annotated[int, Ge(1)]]) == "a list of whole numbers >= 1"
    assert words(list[float] | None) == "a list of numbers or null"
    assert words(Any) == "anything"


def test_what_has_a_range_is_finite_and_a_plain_number_may_be_anything():
    assert faults(float("inf"), Positive) == [("", "must be > 0 and finite, got inf")]
    assert faults(float("nan"), Positive) == [("", "must be > 0, got nan")]
    assert faults(float("inf"), float) == []
