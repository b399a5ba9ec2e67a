import pytest

from runner.expect import missed, read


def test_read():
    assert read(">= 0.92") == (">=", 0.92)
    assert read("<1e-3") == ("<", 1e-3)
    assert read(" > -2 ") == (">", -2.0)
    for text in ("0.92", "== 1", ">= high", ">=", ""):
        with pytest.raises(ValueError, match="no expectation"):
            read(text)


@pytest.mark.parametrize(
    ("text", "holds"), [(">= 0.5", True), ("<= 0.5", True), ("> 0.5", False), ("< 0.5", False), ("> 0.4", True)]
)
def test_every_comparison(text, holds):
    assert missed({"test/accuracy": text}, {"test/accuracy": 0.5}) == (
        [] if holds else [f"expected test/accuracy {text}, got 0.5"]
    )


def test_what_was_not_measured_and_what_is_no_number_is_missed():
    assert missed({"test/auc": ">= 0.5"}, {}) == ["expected test/auc >= 0.5, it was not measured"]
    assert len(missed({"a": ">= 0", "b": "< 0"}, {"a": float("nan"), "b": float("nan")})) == 2
