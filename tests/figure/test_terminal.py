import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.figure.terminal import ASCII, BLOCKS, chart, levels, resample, spark


def test_a_spark_goes_from_the_lowest_to_the_highest():
    assert spark(range(1, 9)) == "▁▁▂▃▅▆▇█"
    assert spark([0, 8], glyphs=ASCII) == ".@"
    assert spark([]) == ""
    assert spark([3, 3]) == "██"
    assert spark([1, float("nan"), 2]) == "▁ █"


def test_a_chart_has_columns_of_eighths_and_says_what_they_mean():
    assert chart([0, 1, 2, 3, 4], height=2, base=0.0, ends=("0", "4")) == ["4    ▄█", "0 ▁▄███", "  0   4"]


def test_what_is_above_the_top_is_full():
    assert chart([0, 1, 100], height=1, base=0, top=1) == ["▁██"]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.integers(2, 60), st.integers(1, 5))
@settings(deadline=None)
def test_every_chart_is_a_rectangle(values, width, height):
    lines = chart(values, width=width, height=height)
    assert len(lines) == height
    assert {len(line) for line in lines} == {min(width, len(values))}
    assert set("".join(lines)) <= set(BLOCKS)


def test_resampling_keeps_both_ends():
    assert resample([1, 2], 5) == [1, 2]
    assert resample(list(range(101)), 5) == [0, 25, 50, 75, 100]


@pytest.mark.parametrize(("encoding", "glyphs"), [("utf-8", BLOCKS), ("ascii", ASCII), ("latin-1", ASCII)])
def test_what_cannot_be_printed_is_not(monkeypatch, encoding, glyphs):
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert levels() == glyphs
