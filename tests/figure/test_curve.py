import pytest

from runner.figure.curve import draw_range, draw_rate


@pytest.fixture
def drawn(monkeypatch):
    """The axes of what would have been written."""
    found = []
    monkeypatch.setattr("runner.figure.curve.save", lambda figure, path: found.append((figure.axes[0], path)))
    return found


def test_a_rate_over_epochs(drawn, tmp_path):
    draw_rate(tmp_path / "a.png", [0, 0.5, 1, 1.5], [0.1, 0.2, 0.1, 0.05], title="schedule=x", unit="learning rate")
    axes, path = drawn[0]
    assert axes.lines[0].get_xydata().tolist() == [[0, 0.1], [0.5, 0.2], [1, 0.1], [1.5, 0.05]]
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == ("schedule=x", "epochs", "learning rate")
    assert path == tmp_path / "a.png"


def test_a_range_test_looks_at_the_fall_and_not_at_the_explosion(drawn, tmp_path):
    draw_range(
        tmp_path / "a.png", [1e-3, 1e-2, 1e-1, 1], [2.0, 1.0, 3.0, 900.0], [2.0, 1.2, 1.5, 300.0],
        marks={"steepest": 5e-3}, title="x",
    )  # fmt: skip
    axes, _ = drawn[0]
    assert axes.get_xscale() == "log"
    low, high = axes.get_ylim()
    assert low < 1.0
    assert 2.0 < high < 3.0
    assert axes.lines[2].get_xdata()[0] == 5e-3
    assert [text.get_text() for text in axes.get_legend().get_texts()][-1] == "steepest: 5.0e-03"


def test_it_is_a_png(tmp_path):
    draw_rate(tmp_path / "a.png", [0, 1], [0.0, 0.0], title="nothing", unit="rate")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
