import math
import re

import pytest

from runner.history.order import ordered, since


class Run(dict):
    pass


def test_by_several_names_and_what_is_not_known_last():
    runs = [Run(n=n, a=a, b=b) for n, (a, b) in enumerate([(1, "x"), (None, "y"), (2, "x"), (math.nan, "z"), (2, "a")])]

    def order(*keys):
        return [run["n"] for run in ordered(runs, keys)]

    assert order("a") == [0, 2, 4, 1, 3]
    assert order("-a") == [2, 4, 0, 1, 3]
    assert order("-a", "b") == [4, 2, 0, 1, 3]
    assert order("b") == [4, 0, 2, 1, 3]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2d", 1e9 - 172800), ("1h30m", 1e9 - 5400), ("90", 1e9 - 90),
        ("2026-11-26", 1795651200), ("2026-11-26 01:00", 1795654800),
    ],
)  # fmt: skip
def test_since(text, moment):
    assert since(text, now=1e9) == moment


def test_since_nothing():
    with pytest.raises(ValueError, match=re.escape("--since tomorrow: give a length of time")):
        since("tomorrow")
