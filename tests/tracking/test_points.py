from pathlib import Path

import pytest

from runner.tracking.points import Point, Points, plain


def row(step: int, more: str = '"loss": 1.5') -> str:
    return f'{{"time": 100.5, "epoch": 1, "step": {step}, {more}}}\n'


def test_a_line_counts_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    points = Points(path)
    assert list(points.new()) == []
    path.write_text(row(1) + row(2)[:20])
    assert list(points.new()) == [Point("loss", 1.5, 100.5, 1)]
    path.write_text(row(1) + row(2))
    assert list(points.new()) == [Point("loss", 1.5, 100.5, 2)]
    assert list(points.new()) == []


@pytest.mark.parametrize("steps", [[1], [1, 7], [1, 20, 3, 4]])
def test_a_file_cut_back_is_read_again(tmp_path: Path, steps: list[int]) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(row(1) + row(2) + row(30))
    points = Points(path)
    assert [p.step for p in points.new()] == [1, 2, 30]
    path.write_text("".join(map(row, steps)))
    assert [p.step for p in points.new()] == steps
    assert [p.step for p in points.new()] == []


def test_rows_that_cannot_be_read_have_no_points(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('garbage\n[]\n{"step": 1}\n' + row(5, '"a": NaN, "b": "text", "c": null, "d": -Infinity, "e": 3'))
    assert [(p.key, p.step) for p in Points(path).new()] == [("a", 5), ("d", 5), ("e", 5)]


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("train/loss", "train/loss"),
        ("acc@1", "acc_1"),
        ("top-1 (%)", "top-1 ___"),
        ("a//b", "a/b"),
        ("../x", "_x"),
        ("/x", "_x"),
        ("", "_"),
        ("Größe", "Größe"),
    ],
)
def test_names_become_those_that_mlflow_takes(name: str, clean: str) -> None:
    from mlflow.utils.validation import _validate_metric_name

    assert plain(name) == clean
    _validate_metric_name(plain(name))
