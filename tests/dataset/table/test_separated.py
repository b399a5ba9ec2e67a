import gzip

import numpy
import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.dataset.table.separated import MISSING, first_row, read_table


@pytest.fixture
def write(tmp_path):
    def write(text, name="t.csv", encoding="utf-8"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return str(tmp_path / name)

    return write


def plain(table):
    return {name: [None if v != v else v for v in column.tolist()] for name, column in table.columns.items()}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_numbers_and_texts_whatever_separates_them(write, separator, end):
    rows = [["age", "name", "a b"], ["1", "x y", "1e3"], ["", ' "q, u;o\tte"', "-2.5"], ["3 ", " NA ", "?"]]
    table = read_table(write(end.join(separator.join(row) for row in rows)))
    assert plain(table) == {
        "age": [1.0, None, 3.0],
        "name": ["x y", "q, u;o\tte", None],
        "a b": [1000.0, -2.5, None],
    }
    assert table.lines.tolist() == [2, 3, 4]


def test_equals_pandas_on_a_plain_file(write):
    generator = numpy.random.default_rng(0)
    frame = pandas.DataFrame(
        generator.normal(size=(200, 3)) * 10.0 ** generator.integers(-9, 9, (200, 3)), columns=list("abc")
    )
    frame["d"] = generator.choice(["red", "green", None], 200)
    frame = frame.mask(generator.random((200, 4)) < 0.1)
    path = write(frame.to_csv(index=False))
    table = read_table(path)
    expected = pandas.read_csv(path)
    for name in "abc":
        numpy.testing.assert_array_equal(table.columns[name], expected[name])
    assert plain(table)["d"] == expected["d"].astype(object).where(expected["d"].notna(), None).tolist()


def test_lines_are_those_of_the_file(write):
    table = read_table(write('\na,b\n\n1,"two\nlines"\n   \n2,x\n'))
    assert table.lines.tolist() == [4, 7]
    assert plain(table) == {"a": [1, 2], "b": ["two\nlines", "x"]}


def test_a_packed_file_and_a_byte_order_mark(write):
    path = write(gzip.compress(b"\xef\xbb\xbfa,b\n1,2\n"), "t.csv.gz")
    assert plain(read_table(path)) == {"a": [1], "b": [2]}
    with pytest.raises(ValueError, match=r"bad\.csv\.gz cannot be unpacked: it is a damaged archive"):
        read_table(write(b"a,b\n1,2\n", "bad.csv.gz"))
    broken = bytearray(gzip.compress(b"a,b\n" + b"1,2\n" * 500))
    broken[10:14] = b"\xff\xff\xff\xff"  # what zlib refuses, not gzip
    with pytest.raises(ValueError, match=r"bad\.csv\.gz cannot be unpacked: it is a damaged archive"):
        read_table(write(bytes(broken), "bad.csv.gz"))


def test_a_packed_file_that_holds_too_much(write, monkeypatch):
    monkeypatch.setattr("runner.dataset.table.separated.LIMIT", 2_000)
    with pytest.raises(ValueError, match=r"t\.csv\.gz cannot be unpacked: it unpacks to more than 2,000 bytes"):
        read_table(write(gzip.compress(b"a,b\n" + b"1,2\n" * 5_000_000), "t.csv.gz"))


@pytest.mark.parametrize("gap", MISSING)
def test_gaps(write, gap):
    assert plain(read_table(write(f"a,b\n{gap},x\n1,{gap}\n"))) == {"a": [None, 1], "b": ["x", None]}


def test_decimal_commas_where_semicolons_separate(write):
    assert plain(read_table(write("a;b\n1,5;x,y\n-2;z\n"))) == {"a": [1.5, -2], "b": ["x,y", "z"]}


def test_text_stays_text_where_it_is_asked_for(write):
    assert plain(read_table(write("a,b\n01,01\n2,\n"), text=["b", "c"])) == {"a": [1, 2], "b": ["01", None]}


@pytest.mark.parametrize("text", [(), ("a", "b")])
def test_truth_is_text_as_it_is_written(write, text):
    table = read_table(write("a,b\ntrue,TRUE\nfalse,\n"), text=text)
    assert plain(table) == {"a": ["true", "false"], "b": ["TRUE", None]}
    assert plain(read_table(write("a,b\nTrue,True\nFalse,\n"))) == {"a": ["True", "False"], "b": ["True", None]}


def test_names_for_a_file_without_a_header(write):
    table = read_table(write("1\t2\n3\t4\n"), names=["u", "v"])
    assert plain(table) == {"u": [1, 3], "v": [2, 4]}
    assert table.lines.tolist() == [1, 2]


def test_a_changed_file_is_read_again(write):
    path = write("a,b\n1,2\n")
    assert read_table(path) is read_table(path)
    write("a,b\n1,2\n3,4\n")
    assert len(read_table(path)) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("a,b\n", "names of columns and no rows"),
        ("a,b\n1,2\n1,2,3\n", "line 3: 3 values for 2 columns"),
        ("a,b\n1,2\n\n1\n", "line 4: 1 values for 2 columns"),
        ("a,b,a\n1,2,3\n", "line 1: two columns are named a"),
        ("a,,c\n1,2,3\n", "line 1: a column has no name"),
        ('a,b\n1,"2\n3,4\n', "line 2: unexpected end of data"),
        ('a,b\n1,2\n1,"2"x\n', "line 3: .* expected after"),
        ("a,b\n1,\0\n", "zero byte"),
        (b"a,b\n1,\xff\n", "not UTF-8 text: byte 6"),
        ("a,b\n1," + "x" * 200_000 + "\n", "line 2: field larger"),
    ],
)
def test_refuses_with_the_line(write, text, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        read_table(write(text))
    assert "t.csv" in str(caught.value)


def test_one_table_at_a_time(write, tmp_path):
    write("a,b\n1,2\n"), write("a,b\n1,2\n", "u.csv")
    with pytest.raises(ValueError, match="means 2 files"):
        read_table(str(tmp_path))


def test_first_row(write):
    assert first_row(write("\n user ;item\n1;2\n")) == ["user", "item"]


LIKELY = st.text(alphabet="ab1.e-+ ,;\t\n\r\"'?\\#NA∞", max_size=60)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=60), LIKELY.map(str.encode), LIKELY.map(lambda text: f"a,b\n1,{text}".encode())))
def test_any_bytes_are_a_table_or_refused(write, content):
    try:
        table = read_table(write(content))
    except ValueError as error:
        assert "t.csv" in str(error)  # noqa: PT017  # the only error there may be
    else:
        assert all(len(column) == len(table) > 0 for column in table.columns.values())
