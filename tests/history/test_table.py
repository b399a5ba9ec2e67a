import csv
import io

from runner.history.table import as_csv, as_lines, as_markdown, folded

ROWS = [{"run": "a", "value": 0.123456789, "tags": ["x", "y"]}, {"run": "longer", "value": None, "tags": []}]


def test_csv_has_every_digit_and_can_be_read_again():
    read = list(csv.DictReader(io.StringIO(as_csv(["run", "value", "tags"], ROWS))))
    assert read == [{"run": "a", "value": "0.123456789", "tags": "x y"}, {"run": "longer", "value": "", "tags": ""}]


def test_markdown():
    rows = [*ROWS, {"run": "a|b\nc"}]
    assert as_markdown(["run", "value"], rows).splitlines() == [
        "| run | value |", "| --- | ---: |", "| a | 0.123457 |", "| longer | - |", "| a\\|b c | - |"
    ]  # fmt: skip


def test_columns_and_what_does_not_fit_below():
    lines = as_lines(["run", "value"], ROWS)
    assert lines == ["run        value", "a       0.123457", "longer         -"]
    line = "an-identifier-that-is-never-cut-off some words that go on below"
    assert folded(line, 30) == ["an-identifier-that-is-never-cut-off", "    some words that go on", "    below"]
    assert folded(line, None) == [line]
