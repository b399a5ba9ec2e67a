import pytest

from runner.gate.expression import is_expression, read_expression, unknown

NAMES = ("test/accuracy", "test/loss", "seconds", "seconds/forward", "params")


@pytest.mark.parametrize(
    ("text", "name", "comparison", "bound"),
    [
        ("test/accuracy>=0.97", "test/accuracy", ">=", 0.97),
        (" seconds < 6e1 ", "seconds", "<", 60.0),
        ("a<=-.5", "a", "<=", -0.5),
    ],
)
def test_read(text, name, comparison, bound):
    found = read_expression(text)
    assert (found.name, found.comparison, found.bound) == (name, comparison, bound)


@pytest.mark.parametrize("text", ["test/accuracy=0.9", "a==1", "a!=1", ">=1", "a>=high", "a>=", "a>=1 or b", "a<b<c"])
def test_what_cannot_be_read_is_told_with_the_way_out(text):
    assert is_expression(text)
    with pytest.raises(ValueError, match=r"write .*test/accuracy>=0\.97"):
        read_expression(text)


def test_a_folder_is_a_run_whatever_its_name(tmp_path):
    (tmp_path / "lr=1").mkdir()
    assert not is_expression(str(tmp_path / "lr=1"))
    assert not is_expression("latest")


@pytest.mark.parametrize(
    ("name", "near"), [("test/acuracy", "test/accuracy"), ("secnds", "seconds"), ("accuracy", "test/accuracy")]
)
def test_an_unknown_name_has_a_near_one(name, near):
    assert unknown(name, NAMES, "r") == f"{name} is no metric of r: did you mean {near}?"


def test_one_that_is_like_none_gets_the_list():
    assert unknown("seconds", NAMES, "r") is None
    assert "there is test/accuracy, test/loss, seconds, params" in unknown("zzzz", NAMES, "r")


def test_nan_is_within_no_bound():
    assert not read_expression("a>=0").holds(float("nan"))
    assert not read_expression("a<=0").holds(float("nan"))
