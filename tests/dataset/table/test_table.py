import numpy
import pytest

from runner.dataset.table.table import Table, first, is_number, present


@pytest.fixture
def table():
    columns = {"age": numpy.array([1.0, numpy.nan, 3.0]), "name": numpy.array(["a", None, "c"], dtype=object)}
    return Table("t.csv", columns, numpy.array([2, 5, 6]))


def test_rows_keep_their_lines(table):
    for rows in (numpy.array([0, 2]), numpy.array([True, False, True])):
        taken = table.take(rows)
        assert len(taken) == 2
        assert taken.columns["age"].tolist() == [1, 3]
        assert taken.columns["name"].tolist() == ["a", "c"]
        assert taken.where(1) == "t.csv, line 6"


def test_a_column_that_is_not_there(table):
    assert table.column("age", "k") is table.columns["age"]
    with pytest.raises(ValueError, match=r"dataset\.target=agee: t\.csv has no such column: did you mean age\?"):
        table.column("agee", "dataset.target")
    with pytest.raises(ValueError, match="there are age, name"):
        table.column("xyz", "dataset.target")


def test_present(table):
    assert [present(column).tolist() for column in table.columns.values()] == [[True, False, True]] * 2


def test_first():
    assert first(numpy.array([False, True, True])) == 1
    assert first(numpy.array([[False, False], [False, True]])) == 1
    assert first(numpy.zeros(3, dtype=bool)) is None


def test_is_number():
    assert all(map(is_number, ("1", "-2.5e3", "inf")))
    assert not any(map(is_number, ("", "a", "1,5", "0x1")))
