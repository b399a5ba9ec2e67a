import numpy
import pytest
from sklearn.preprocessing import MinMaxScaler, PowerTransformer, StandardScaler

from runner.dataset.table.scaler import Scaler

NAMES = ("a", "b", "c")


def where(row):
    return f"t.csv, line {row + 2}"


@pytest.fixture
def rows():
    generator = numpy.random.default_rng(0)
    values = generator.gamma([1.0, 5.0, 0.5], [1.0, 20.0, 1e-3], (80, 3)) + 1e-6
    return values[:60], values[60:]


def scaled(train, other, how):
    return Scaler.fit(train, how, NAMES, where).apply(other, where)


@pytest.mark.parametrize(
    ("how", "oracle"),
    [
        ("standard", StandardScaler()),
        ("minmax", MinMaxScaler()),
        ("box_cox", PowerTransformer(method="box-cox")),
    ],
)
def test_equals_scikit_learn_learned_on_training_rows(rows, how, oracle):
    train, other = rows
    numpy.testing.assert_allclose(scaled(train, other, how), oracle.fit(train).transform(other), rtol=1e-6, atol=1e-9)


def test_logarithm_and_nothing(rows):
    train, other = rows
    numpy.testing.assert_allclose(scaled(train, other, "log"), numpy.log(1 + other))
    numpy.testing.assert_array_equal(scaled(train, other, None), other)


@pytest.mark.parametrize("how", ["standard", "minmax", "box_cox", "log", None])
def test_the_formulas_that_are_told_are_those_that_are_used(rows, how):
    train, other = rows
    scaler = Scaler.fit(train, how, NAMES, where)
    told = [text.replace("^", "**") for text in scaler.told()]
    found = [eval(text, {"x": column, "log": numpy.log}) for text, column in zip(told, other.T, strict=True)]
    numpy.testing.assert_allclose(numpy.stack(found, 1), scaler.apply(other, where), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("how", ["standard", "minmax", "box_cox"])
def test_a_constant_column_does_not_divide_by_zero(how):
    train = numpy.full((5, 3), 7.0)
    numpy.testing.assert_array_equal(scaled(train, train, how), numpy.zeros((5, 3)))


@pytest.mark.parametrize("how", ["standard", "minmax", "box_cox", "log", None])
def test_no_columns(how):
    train = numpy.empty((5, 0))
    assert Scaler.fit(train, how, (), where).apply(train, where).shape == (5, 0)


@pytest.mark.parametrize(("how", "value"), [("box_cox", 0.0), ("log", -1.0)])
def test_numbers_without_a_logarithm_are_refused_by_line_and_column(rows, how, value):
    train, _ = rows
    bad = train.copy()
    bad[7, 1] = value
    with pytest.raises(ValueError, match=rf"t\.csv, line 9: b is {value:g}: scale={how}.*dataset\.drop=\[b\]"):
        Scaler.fit(bad, how, NAMES, where)
    fitted = Scaler.fit(train, how, NAMES, where)
    with pytest.raises(ValueError, match="line 9: b is"):
        fitted.apply(bad, where)


def test_box_cox_that_finds_no_exponent_names_the_column():
    wild = numpy.array([[1e-300, 1.0, 1.0], [1e300, 1.0, 1.0], [1e308, 1.0, 1.0]])
    try:
        found = scaled(wild, wild, "box_cox")
    except ValueError as error:
        assert "column a" in str(error)  # noqa: PT017  # either is fine, anything else is not
    else:
        assert found.shape == (3, 3)
