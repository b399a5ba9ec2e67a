import pytest

from runner.sweep.draft import Entry, name_of, read_entry, read_tags
from runner.sweep.grammar import reader
from tests.sweep.spaces import messages


def test_tags_are_sorted_by_kind():
    tags = read_tags({"log", "grid12", "model=cnn", "a.b=1,2", "grid", "Log"})
    assert (tags.log, tags.points, tags.conditions, tags.unknown) == (
        True, [12], ["a.b=1,2", "model=cnn"], ["Log", "grid"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [("+callback=a,b", "callback"), ("++a.b=1", "a.b"), ("dataset@dataset.images=a,b", "dataset@dataset.images")],
)
def test_a_name_has_no_prefix(text, name):
    assert name_of(reader().parse_override(text)) == name


def test_a_key_keeps_its_prefix_so_that_the_override_does_what_was_typed():
    draft, _ = read_entry(Entry("callback", reader().parse_override("+callback=ema,tta"), ""), 0)
    assert draft.dimension.keys == ("+callback",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tag(lag,interval(0,1))", "unknown tag lag: did you mean log? A tag is log, gridN (for N points)"),
        ("tag(grid,interval(0,1))", "unknown tag grid: did you mean grid5?"),
        ("tag(model,choice(1,2))", 'a condition in quotes: "model=cnn"'),
        ("tag(log,choice(1,2))", "log is for an interval or a range: a list has no order"),
        ("tag(grid3,choice(1,2))", "grid3 is for an interval"),
    ],
)
def test_tags_that_mean_nothing_are_refused(text, why):
    (message,) = messages(f"model.width={text}")
    assert message.startswith("model.width: ")
    assert why in message


def test_everything_wrong_with_an_entry_is_said_at_once():
    assert len(messages("model.width=tag(lag,grid1,log,interval(-1,1))")) == 3
