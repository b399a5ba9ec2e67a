import pytest

from tests.sweep.spaces import GRID, read, space_of


def grid(*words, **settings):
    space = space_of(*words, sampler=GRID, **settings)
    return [space.overrides(point) for point in space.product()]


def test_values_are_paired_first_with_first():
    words = ("a.b=1,2,3", "model=cnn,mlp", "c.d=range(4,7)")
    assert grid(*words, zip=[["a.b", "c.d"]]) == [
        ["a.b=1", "c.d=4", "model=cnn"],
        ["a.b=1", "c.d=4", "model=mlp"],
        ["a.b=2", "c.d=5", "model=cnn"],
        ["a.b=2", "c.d=5", "model=mlp"],
        ["a.b=3", "c.d=6", "model=cnn"],
        ["a.b=3", "c.d=6", "model=mlp"],
    ]
    assert space_of(*words, zip=[["a.b", "c.d"]]).dimensions[0].name == "a.b & c.d"


def test_the_order_in_a_pair_is_that_of_the_list():
    assert grid("a.b=1,2", "c.d=3,4", zip=[["c.d", "a.b"]]) == [["c.d=3", "a.b=1"], ["c.d=4", "a.b=2"]]


def test_a_value_may_be_there_twice_but_no_pair():
    assert len(grid("a.b=1,1,2", "c.d=x,y,y", zip=[["a.b", "c.d"]])) == 3
    _, (problem,) = read("a.b=1,1,2", "c.d=x,x,y", zip=[["a.b", "c.d"]])
    assert problem.message.startswith("a.b & c.d: 1 & x is there twice")


def test_points_of_an_interval_can_be_paired():
    assert grid("a.b=tag(grid2,interval(0,1))", "c.d=x,y", zip=[["a.b", "c.d"]]) == [
        ["a.b=0.0", "c.d=x"],
        ["a.b=1.0", "c.d=y"],
    ]


def test_what_the_command_fixes_leaves_its_pair():
    space = {"a.b": "1,2", "c.d": "3,4"}
    assert grid("a.b=7", space=space, zip=[["a.b", "c.d"]]) == [["c.d=3"], ["c.d=4"]]


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        ([["a.b", "c.d"]], "[a.b,c.d] has lists of different lengths: a.b 3 and c.d 2"),
        ([["a.b", "e.ff"]], "e.ff is not searched: did you mean e.f?"),
        ([["a.b"]], "[a.b] pairs nothing"),
        ([["a.b", "a.b"]], "[a.b,a.b] pairs nothing"),
        ([["a.b", "e.f"], ["e.f", "a.b"]], "a.b is in two lists of pairs"),
        ([["a.b", "g.h"]], "g.h is an interval, which has no first value"),
    ],
)
def test_pairs_that_cannot_be_made_are_refused(pairs, why):
    _, problems = read("a.b=1,2,3", "c.d=x,y", "e.f=1,2,3", "g.h=interval(0,1)", zip=pairs)
    assert why in " ".join(problem.message for problem in problems)
    assert {problem.place for problem in problems} == {"sweep.zip"}
