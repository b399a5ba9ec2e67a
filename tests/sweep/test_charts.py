"""What the pictures show; how they look in a page is in test_page."""

import math
import re
from datetime import datetime, timedelta

import pytest

from runner.sweep import charts
from runner.sweep.results import Results
from runner.sweep.row import Row

START = datetime(2026, 11, 22, 12)


def results(*rows, objectives=("valid/accuracy",), directions=("maximize",), logs=()):
    return Results("s", objectives, directions, rows, logs=frozenset(logs))


def row(number, *values, state="COMPLETE", owner="m-1-0-abcdef", **texts):
    begun = START + timedelta(seconds=10 * number)
    return Row(number, state, values, texts, begun=begun, ended=begun + timedelta(seconds=5), owner=owner)


def points(picture, kind):
    """The points of every line of a kind."""
    found = re.findall(rf'<polyline class="{kind}[^"]*" points="([^"]*)"', picture)
    return [[tuple(map(float, pair.split(","))) for pair in one.split()] for one in found]


@pytest.mark.parametrize(("direction", "steps"), [("maximize", 3), ("minimize", 2)])
def test_the_best_so_far_only_gets_better(direction, steps):
    found = results(row(0, 0.5), row(1, 0.7), row(2, 0.6), row(3, 0.4), row(4, 0.9), row(5, 0.1, state="PRUNED"),
                    directions=[direction])  # fmt: skip
    (line,) = points(charts.history(found), "best")
    heights = [y for _, y in line]
    assert heights == sorted(heights, reverse=direction == "maximize")
    assert len(set(heights)) == steps, "of the finished ones alone"
    assert line[0][0] < line[-1][0]


def test_axes_are_of_numbers_or_words_and_of_logarithms_where_the_search_is():
    found = results(row(0, 1.0, a="0.001", b="cnn", c="1", d="0.5"), row(1, 1.0, a="0.1", b="mlp", c="5", d="0.6"),
                    logs=["d"])  # fmt: skip
    axes = {key: charts.axis_of(key, found, key) for key in "abcd"}
    assert axes["b"].words == ("cnn", "mlp")
    assert [axes[key].log for key in "acd"] == [True, False, True]
    assert charts.axis_of("a", results(row(0, 1.0, a="1"), row(1, 1.0, a="nan")), "a").words == ("1", "nan")


def test_a_trial_without_a_parameter_passes_below_its_axis():
    found = results(row(0, 0.9, model="cnn", width="8"), row(1, 0.8, model="cnn", width="16"), row(2, 0.7, model="mlp"))
    lines = points(charts.parallel(found), "way")
    bottoms = [max(y for _, y in line) for line in lines]
    assert bottoms[0] > 300 > max(bottoms[1:])
    assert len(lines) == 3


def test_curves_leave_out_what_is_no_number_and_end_where_they_were_pruned():
    curve = {1: 0.1, 2: math.nan, 3: 0.3}
    found = results(Row(0, "COMPLETE", (0.3,), curve=curve), Row(1, "PRUNED", (0.2,), curve={1: 0.1, 2: 0.2}),
                    Row(2, "PRUNED", (0.05,), curve={1: 0.05}), Row(3, "FAIL"))  # fmt: skip
    picture = charts.curves(found)
    assert "nan" not in picture
    (best,) = points(picture, "best")
    (pruned,) = points(picture, "curve pruned")
    assert (len(best), len(pruned)) == (2, 2)
    assert pruned[-1][0] < best[-1][0]
    assert picture.count("<circle") == 3
    assert charts.curves(results(row(0, 1.0))) == ""


def test_the_timeline_has_a_row_for_each_place_whatever_process_was_in_it():
    rows = [row(0, 1.0, owner="m-1-0-aaaaaa"), row(1, 1.0, owner="m-1-1-bbbbbb"), row(2, 1.0, owner="m-9-0-cccccc")]
    picture = charts.timeline(results(*rows, Row(3, "WAITING")))
    bars = re.findall(r'<rect class="span \w+" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"', picture)
    assert len(bars) == 3
    assert bars[0][1] == bars[2][1] != bars[1][1]
    assert float(bars[1][0]) - float(bars[0][0]) == pytest.approx(2 * float(bars[0][2]), rel=0.01)
    assert ">m 0</text>" in picture
    assert charts.timeline(results(Row(0, "WAITING"))) == ""
    assert charts.worker(Row(0, "COMPLETE", owner="by-hand")) == "by-hand"


def test_the_front_is_a_staircase_through_its_trials():
    found = results(row(0, 0.9, 100.0), row(1, 0.8, 50.0), row(2, 0.7, 60.0), objectives=["a", "b"],
                    directions=["maximize", "minimize"])  # fmt: skip
    (stairs,) = points(charts.pareto(found), "best")
    assert len(stairs) == 3
    assert stairs[1] == (stairs[2][0], stairs[0][1]), "left along the first, then down to the second"
    assert charts.pareto(results(row(0, 1.0))) == ""


def test_of_many_trials_the_best_stay():
    found = results(*(row(number, float(number % 1000)) for number in range(3000)))
    drawn = charts.thinned(found, found.rows)
    assert len(drawn) <= charts.MOST
    best = [one.number for one in found.ranking()[: charts.MOST // 2]]
    assert [one.number for one in drawn[::-1]][: charts.MOST // 2] == best


def test_importance_is_to_scale():
    widths = [float(width) for width in re.findall(r'width="([\d.]+)"', charts.importance({"a": 0.75, "b": 0.25}))]
    assert widths[0] == pytest.approx(3 * widths[1])
    assert charts.importance({}) == ""
