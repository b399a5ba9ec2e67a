import math
import re

import pytest

from runner.page.svg import Frame, axis, decades, dot, label, line, picture, steps, words_axis


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (0.81, 0.97, [0.85, 0.9, 0.95]), (-3, 1e6, [0, 2e5, 4e5, 6e5, 8e5, 1e6])],
)
def test_marks_are_round(low, high, marks):
    assert steps(low, high) == pytest.approx(marks)


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [(1e-4, 1, [1e-4, 1e-3, 1e-2, 1e-1, 1]), (0.01, 0.1, [0.01, 0.02, 0.05, 0.1]), (3, 4, [3, 4])],
)
def test_marks_of_a_log_axis(low, high, marks):
    assert decades(low, high) == pytest.approx(marks)


def test_shares():
    plain = axis("x", [2.0, 4.0, math.inf, math.nan])
    assert [plain.share(value) for value in (2.0, 3.0, 4.0, 1e9, -1e9)] == [0, 0.5, 1, 1, 0]
    rates = axis("lr", [1e-4, 1e-2], log=True)
    assert rates.share(1e-3) == pytest.approx(0.5)
    assert rates.share(0.0) == 0, "what has no logarithm lies at the end"
    assert not axis("x", [0.0, 1.0], log=True).log
    words = words_axis("model", ["cnn", "mlp", "cnn"])
    assert words.words == ("cnn", "mlp")
    assert 0 < words.share("cnn") < words.share("mlp") < 1


def test_a_single_value_is_in_the_middle_and_none_is_no_reason_to_fail():
    assert axis("x", [3.0, 3.0]).share(3.0) == pytest.approx(0.5)
    assert axis("x", [0.0]).share(0.0) == pytest.approx(0.5)
    assert axis("x", [2.0], log=True).share(2.0) == pytest.approx(0.5)
    assert words_axis("x", ["a"]).share("a") == pytest.approx(0.5)
    assert axis("x", []).share(0.5) == 0.5


def test_values_far_away_do_not_count_if_told_so():
    values = [0.9, 0.91, 0.92, 0.93, 0.94, -1e9]
    assert axis("x", values).low == -1e9
    assert axis("x", values, far=False).low == 0.9


def test_whole_marks():
    assert [text for _, text in axis("epoch", [1, 3], whole=True).ticks] == ["1", "2", "3"]


def test_a_frame_puts_the_low_below_and_left():
    frame = Frame(axis("x", [0.0, 10.0]), axis("y", [0.0, 1.0]))
    assert frame.at(0.0, 0.0) == (frame.left, frame.height - frame.bottom)
    assert frame.at(10.0, 1.0) == (frame.width - frame.right, frame.top)
    assert frame.axes().count('class="grid"') == len(frame.y.ticks)


def test_everything_is_escaped():
    evil = '"><script>'
    text = picture(1, 1, evil, [label(0, 0, evil), dot((0, 0), "a", evil), line([(0, 0)], "b", evil)])
    assert "<script" not in text
    assert text.count("&gt;&lt;script&gt;") == 4
    assert not re.search(r"nan|inf", text)
