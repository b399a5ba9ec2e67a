"""Files of separated values: commas, semicolons or tabs, read strictly, with the line of every mistake."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from runner.dataset.gunzip import gunzip
from runner.dataset.language.corpus import decoded, stamps
from runner.dataset.table.table import Table, present

SEPARATORS = ",;\t"
LIMIT = 2**31
"""Largest number of bytes that a packed table may hold."""
MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None")
"""What stands for a value that is not there."""
GAPS = frozenset({*MISSING, None})


def read_table(path: str, text: Sequence[str] = (), names: Sequence[str] | None = None) -> Table:
    """Return the table in a file of values separated by commas, semicolons or tabs, gzipped (``.gz``) or not.

    Args:
        path: The file. UTF-8; the separator is the one that divides the first line into most values.
        text: Columns whose values are text even where they look like numbers: 01 is not 1.
        names: Of the columns, for a file without a header; None: the first line has them.

    Raises:
        ValueError: It is no such table; the message has the line.
    """
    found = stamps(path)
    if len(found) > 1:
        raise ValueError(f"dataset.path={path} means {len(found)} files: one table at a time")
    return _read(*found[0], tuple(text), None if names is None else tuple(names))


@lru_cache(maxsize=8)
def _read(path: str, _changed: int, _size: int, text: tuple[str, ...], names: tuple[str, ...] | None) -> Table:
    content = content_of(path)
    separator = sniff(content)
    start, header, lines = layout(content, separator, path, names)
    return Table(path, parse(content[start:], separator, header, text, path, len(lines)), lines)


def content_of(path: str) -> str:
    """Return a file's text.

    Raises:
        ValueError: It is empty, no text, or an archive that is damaged or holds too much.
    """
    content = Path(path).read_bytes()
    if path.endswith(".gz"):
        try:
            content = gunzip(content, LIMIT)
        except ValueError as error:
            raise ValueError(f"{path} cannot be unpacked: {error}") from None
    string = decoded(content, path)
    if "\0" in string:
        raise ValueError(f"{path} is no table: it holds a zero byte")
    if not string.strip():
        raise ValueError(f"{path} is empty")
    return string


def sniff(content: str) -> str:
    """Return the separator that divides the first line into most values; the comma, if that is undecided."""
    first = next(line for line in StringIO(content, newline="") if line.strip()).rstrip("\r\n")

    def values(separator: str) -> int:
        try:
            return len(next(csv.reader([first], delimiter=separator)))
        except csv.Error:  # a field too long; ``layout`` says so
            return 0

    return max(SEPARATORS, key=values)


def layout(
    content: str, separator: str, path: str, names: tuple[str, ...] | None
) -> tuple[int, list[str], NDArray[numpy.int64]]:
    """Return where the rows begin, the names of the columns, and the line in which each row begins.

    Raises:
        ValueError: A row has more or fewer values than there are columns, a name is missing or there twice, quotes do
            not match, or there are no rows.
    """
    stream = StringIO(content, newline="")
    reader = csv.reader(stream, delimiter=separator, skipinitialspace=True, strict=True)
    header, start, lines, line = list(names or ()), 0, [], 1
    try:
        for row in reader:
            begin, line = line, reader.line_num + 1
            if not row or (len(row) == 1 and not row[0].strip()):
                continue
            if not header:
                header, start = [name.strip() for name in row], stream.tell()
                check_names(header, path, begin)
                continue
            if len(row) != len(header):
                raise ValueError(f"{path}, line {begin}: {len(row)} values for {len(header)} columns")
            lines.append(begin)
    except csv.Error as error:
        raise ValueError(f"{path}, line {line}: {error} (is a quote missing or too many?)") from None
    if not lines:
        raise ValueError(f"{path} has names of columns and no rows")
    return start, header, numpy.array(lines, dtype=numpy.int64)


def check_names(header: list[str], path: str, line: int) -> None:
    """Refuse names of columns that are missing or there twice."""
    for name in header:
        if not name:
            raise ValueError(f"{path}, line {line}: a column has no name: {header}")
        if header.count(name) > 1:
            raise ValueError(f"{path}, line {line}: two columns are named {name}: rename one of them")


def parse(
    rows: str, separator: str, header: list[str], text: tuple[str, ...], path: str, count: int
) -> dict[str, NDArray[Any]]:
    """Return the columns: float64 where every value that is there is a number, else text as it is written.

    All is read as text and turned into numbers here: a library that guesses types would make True of a category that
    is written true, in one file and not in the next. Where semicolons separate, commas may stand for the decimal point.
    """
    import pandas

    try:
        frame = pandas.read_csv(
            StringIO(rows, newline=""), sep=separator, header=None, names=header, index_col=False, dtype=str,
            na_values=MISSING, keep_default_na=False, skipinitialspace=True, low_memory=False,
        )  # fmt: skip
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{path} is no table: {error}") from None
    if len(frame) != count:
        raise ValueError(f"{path} is no table: {count} or {len(frame)} rows, depending on how quotes are read")
    columns: dict[str, NDArray[Any]] = {}
    for name in header:
        values = [value.strip() if isinstance(value, str) else None for value in frame[name].tolist()]
        objects = numpy.array([None if value in GAPS else value for value in values], dtype=object)
        numbers = None if name in text else as_numbers(objects, separator)
        columns[name] = objects if numbers is None else numbers
    return columns


def as_numbers(values: NDArray[Any], separator: str) -> NDArray[Any] | None:
    """Return texts as float64 if every one that is there is a number, else None."""
    there = present(values)
    forms = [values[there]]
    if separator == ";":
        forms.append(numpy.array([value.replace(",", ".", 1) for value in forms[0]], dtype=object))
    for form in forms:
        try:
            found = form.astype(numpy.float64)  # each by Python's own ``float``
        except ValueError:
            continue
        numbers = numpy.full(len(values), numpy.nan)
        numbers[there] = found
        return numbers
    return None


def first_row(path: str) -> list[str]:
    """Return the values in the first line of a file.

    Raises:
        ValueError: There are none, or they cannot be read.
    """
    content = content_of(stamps(path)[0][0])
    reader = csv.reader(StringIO(content, newline=""), delimiter=sniff(content), skipinitialspace=True)
    try:
        return [value.strip() for value in next(row for row in reader if "".join(row).strip())]
    except (csv.Error, StopIteration) as error:
        raise ValueError(f"{path} is no table: {error or 'it has no values'}") from None
