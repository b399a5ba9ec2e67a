import pytest

from runner.sweep.duration import seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[(90, 90), (0.5, 0.5), ("90", 90), ("1.5", 1.5), ("90s", 90), ("10m", 600), ("2h", 7200), ("1h30m", 5400)],
        *[("1d", 86400), (" 1H 5s ", 3605), ("1.5h", 5400), (".5m", 30)],
    ],
)
def test_a_duration_is_seconds_or_units_in_order(text, expected):
    assert seconds(text) == pytest.approx(expected)


def test_none_is_no_limit():
    assert seconds(None) is None


@pytest.mark.parametrize(
    "text", ["", "h", "2x", "30m2h", "1h1h", "-5", "0", "0s", 0, -1, "1,5h", "nan", float("inf"), "ten"]
)
def test_what_is_no_duration_is_refused_by_name(text):
    with pytest.raises(ValueError, match="no length of time") as error:
        seconds(text)
    assert repr(text) in str(error.value)
