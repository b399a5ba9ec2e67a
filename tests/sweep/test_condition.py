import pytest

from runner.sweep.condition import Wrong, read_condition
from tests.sweep.spaces import messages, read, space_of

WIDTH = 'model.width=tag("model=cnn", choice(8,16))'


def when(*words, **settings):
    return {
        d.name: {key: set(values) for key, values in d.when.items()} for d in space_of(*words, **settings).dimensions
    }


def test_a_condition_names_a_key_and_values():
    condition = read_condition("model=cnn,resnet18", None)
    assert (condition.name, condition.values) == ("model", ("cnn", "resnet18"))
    assert condition.holds("'cnn'")
    assert not condition.holds("mlp")
    assert read_condition("a.b=[1,2]", None).holds("[1,2]")
    assert read_condition("a.b=range(1,4)", None).values == ("1", "2", "3")
    assert read_condition("dataset@dataset.images=digits", None).name == "dataset@dataset.images"


@pytest.mark.parametrize("text", ["=", "=1", "model=(", "a=interval(0,1)", "~a=1", "a b=1"])
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(Wrong, match='write "key=value", or "key=value,value"'):
        read_condition(text, None)


def test_a_parameter_depends_on_a_choice_before_or_after_it():
    expected = {"model": {}, "model.width": {"model": {"cnn"}}}
    assert when("model=cnn,mlp", WIDTH) == expected == when(WIDTH, "model=cnn,mlp")


def test_several_values_are_alternatives_and_several_conditions_are_all_needed():
    assert when("a.b=1,2,3", 'c.d=tag("a.b=1,3", choice(x,y))')["c.d"] == {"a.b": {"1", "3"}}
    assert when("a.b=1,2", "a.c=1,2", 'c.d=tag("a.b=1", "a.c=2", choice(x,y))')["c.d"] == {"a.b": {"1"}, "a.c": {"2"}}
    assert when("a.b=1,2,3", 'c.d=tag("a.b=1,2", "a.b=2,3", choice(x,y))')["c.d"] == {"a.b": {"2"}}


def test_values_are_compared_by_what_they_mean():
    assert when("a.b=true,false", 'c.d=tag("a.b=true", interval(0,1))')["c.d"] == {"a.b": {"True"}}
    assert when("a.b='x','y'", 'c.d=tag("a.b=x", interval(0,1))')["c.d"] == {"a.b": {"'x'"}}
    assert when("a.b=1e-3,1", 'c.d=tag("a.b=0.001", interval(0,1))')["c.d"] == {"a.b": {"0.001"}}
    assert when("a.b=[1,2],[3]", 'c.d=tag("a.b=[1,2]", interval(0,1))')["c.d"] == {"a.b": {"[1,2]"}}
    assert when("a.b=null,1", 'c.d=tag("a.b=null", interval(0,1))')["c.d"] == {"a.b": {"null"}}


def test_a_condition_on_one_of_a_pair_holds_for_its_pairs():
    words = ("a.b=1,1,2", "c.d=x,y,z", 'e.f=tag("a.b=1", choice(8,16))')
    assert when(*words, zip=[["a.b", "c.d"]])["e.f"] == {"a.b & c.d": {"1 & x", "1 & y"}}


def test_what_the_command_fixes_decides_a_condition():
    space = {"model": "cnn,mlp", "model.width": 'tag("model=cnn", choice(8,16))', "epochs": "1,2"}
    assert when(space=space) == {"model": {}, "model.width": {"model": {"cnn"}}, "epochs": {}}
    assert when("model=cnn", space=space) == {"model.width": {}, "epochs": {}}
    assert when("model=mlp", space=space) == {"epochs": {}}
    assert when("model=mlp", 'a.b=tag("model.width=8", choice(1,2))', space=space) == {"epochs": {}}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((WIDTH,), "model, which is not searched: search it too"),
        (("model=cnn,mlp", 'a.b=tag("modl=cnn", choice(8,16))'), "modl, which is not searched: did you mean model?"),
        (("model=cnn,mlp", 'a.b=tag("model=cnm", choice(8,16))'), "model=cnm is not searched: did you mean cnn?"),
        (("c.d=1,2", 'a.b=tag("c.d=1.0", choice(8,16))'), "never holds: c.d=1.0 is not searched: there is 1, 2"),
        (("c.d=1,2", 'a.b=tag("c.d=1", "c.d=2", choice(8,16))'), "its conditions on c.d exclude each other"),
        (("c.d=range(1,4)", 'a.b=tag("c.d=1", choice(8,16))'), "has to be on a list or a choice"),
        (("c.d=interval(1,4)", 'a.b=tag("c.d=1", choice(8,16))'), "has to be on a list or a choice"),
        (('a.b=tag("c=(", choice(8,16))',), 'the condition "c=(" cannot be read'),
        (('a.b=tag("a.b=8", choice(8,16))',), "conditions in a circle: a.b on a.b"),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be_met_is_refused(words, why):
    space, problems = read(*words)
    (problem,) = problems
    assert why in problem.message
    assert problem.place == words[-1]
    assert space.size != 0  # whoever goes on checking has a space to check


def test_a_circle_is_refused_once():
    words = ('a=tag("c=1", choice(1,2))', 'b=tag("a=1", choice(1,2))', 'c=tag("b=1", choice(1,2))')
    (message,) = messages(*words)
    assert message.startswith("conditions in a circle: a on c on b on a")


def test_a_condition_on_what_is_wrong_itself_is_not_reported_too():
    assert len(messages("model=cnn,mlp,cnn", 'a.b=tag("model=cnn", choice(1,2))')) == 1
    assert len(messages("a.c=tag(nonsense,choice(1,2))", 'a.b=tag("a.c=1", choice(1,2))')) == 1
