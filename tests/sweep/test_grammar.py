import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.command import read_command
from runner.compose import hydra_for
from runner.sweep.grammar import elements, first, meaning, reader, written
from tests.sweep.spaces import ELEMENTS, LISTS, of_hydra, quoted

HYDRA, OURS = OverridesParser.create(), reader()


def texts(text):
    return elements(OURS.parse_override(f"a={text}"))


@settings(max_examples=50, deadline=None)
@given(LISTS)
def test_texts_are_those_of_hydras_own_sweeper(text):
    assert [f"a={one}" for one in texts(text)] == [job[0] for job in of_hydra(f"a={text}")]


@settings(max_examples=50, deadline=None)
@given(LISTS)
def test_texts_are_read_back_as_the_same_values(text):
    values = HYDRA.parse_override(f"a={text}")._value.list
    for one, value in zip(texts(text), values, strict=True):
        again = HYDRA.parse_override(f"a={one}").value()
        assert repr(again) == repr(Override._convert_value(value))


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1, max_size=8))
def test_any_quoted_text_survives(text):
    one, _ = texts(f"'{quoted(text)}',x")
    assert HYDRA.parse_override(f"a={one}").value() == text


@settings(max_examples=50, deadline=None)
@given(st.text("abc 1&;#é\"'(),=:", min_size=1, max_size=8))
def test_what_hydra_could_not_read_back_is_quoted(text):
    """Inside of a function Hydra drops quotes, and then writes some texts such that it cannot read them itself."""
    (job,) = of_hydra(f"a=choice('{quoted(text)}')")
    (one,) = texts(f"choice('{quoted(text)}')")
    try:
        expected = HYDRA.parse_override(job[0]).value()
    except HydraException:
        expected = text
    assert HYDRA.parse_override(f"a={one}").value() == expected


@settings(max_examples=50, deadline=None)
@given(ELEMENTS)
def test_a_value_means_the_same_however_it_is_written(text):
    value = HYDRA.parse_override(f"a={text}")._value
    assert meaning(written(value)) == meaning(text)


def test_meaning_knows_types():
    assert meaning("'a'") == meaning("a")
    assert meaning("true") == meaning("TRUE") == meaning("True")
    assert meaning("1e-3") == meaning("0.001")
    assert len({meaning(text) for text in ("1", "1.0", "'1'", "true", "null", "'null'", "[1]", "{a:1}")}) == 8


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("int(tag(log, interval(1, 9)))", {"log"}),
        ("int(tag(log, range(1, 9)))", {"log"}),
        ("float(tag(log, choice(1, 2)))", {"log"}),
        ("tag(a, tag(b, c, choice(1, 2)))", {"a", "b", "c"}),
        ("tag(a, sort(tag(b, choice(2, 1))))", {"a", "b"}),
        ("tag('model=cnn,mlp', grid5, interval(0, 1))", {"model=cnn,mlp", "grid5"}),
        ("tag(log, sweep=interval(1, 2))", {"log"}),
    ],
)
def test_no_tag_is_lost(text, tags):
    assert OURS.parse_override(f"a={text}")._value.tags == tags


def test_a_cast_keeps_the_order_shuffled():
    assert OURS.parse_override("a=int(shuffle(1.5, 2.5))")._value.shuffle
    assert OURS.parse_override("a=int(shuffle(range(1, 9)))")._value.shuffle
    assert not OURS.parse_override("a=int(range(1, 9))")._value.shuffle


def test_null_may_stand_in_a_choice():
    assert texts("tag('b=1', choice(null, 1))") == ["null", "1"]
    assert texts("shuffle(null, 1)") == ["null", "1"]
    assert texts("null,1") == ["null", "1"]


def test_functions_of_hydra_do_what_they_do():
    assert texts("int(1.5, 2.5)") == ["1", "2"]
    assert texts("str(1, true)") == ["1", "true"]
    assert texts("sort(3, 1, 2, reverse=true)") == ["3", "2", "1"]
    assert texts("choice('a b', 'c')") == ["a\\ b", "c"]
    assert texts("choice('', a)") == ["''", "a"]


def test_a_pattern_gives_the_choices_of_its_group():
    with hydra_for(read_command([])) as loader:
        parser = reader(loader)
        assert elements(parser.parse_overrides(["model=glob('resnet[235]*')"])[0]) == [
            "resnet20",
            "resnet34",
            "resnet50",
            "resnet56",
        ]
        with pytest.raises(ValueError, match=r"nothing matches glob\(x\*\)"):
            elements(parser.parse_overrides(["model=glob(x*)"])[0])


@pytest.mark.parametrize("text", ["choice(a,choice(b,c))", "choice([choice(a,b)],c)", "{a:range(1,2)},b"])
def test_a_list_of_values_inside_a_value_is_refused(text):
    with pytest.raises(ValueError, match="a list of values inside a value"):
        texts(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("interval(1e-5,1)", "1e-05"),
        ("int(interval(1,3))", "1"),
        ("range(0.1,1,0.1)", "0.1"),
        ("shuffle(b,a)", "b"),
        ("range(3,3)", None),
        ("range(1,inf)", None),
        ("range(1,3,0)", None),
    ],
)
def test_the_first_value_is_known_without_counting_the_rest(text, expected):
    assert first(OURS.parse_override(f"a={text}")) == expected
