import subprocess
import sys
from collections import Counter

import pytest

from runner.sweep.sampler.random import random
from tests.sweep.spaces import space_of

SPACE = space_of("a.b=tag(log,interval(1e-4,1))", "model=cnn,mlp", 'c.d=tag("model=cnn",int(interval(1,4)))')


def test_a_point_is_a_function_of_the_seed_and_its_number():
    points = random().points(SPACE, 30, seed=1)
    assert points == random().points(SPACE, 30, seed=1)
    assert points[:7] == random().points(SPACE, 7, seed=1)
    assert points != random().points(SPACE, 30, seed=2)


def test_it_is_the_same_in_another_process():
    code = "from runner.sweep.space import *; from runner.sweep.sampler.random import random\n"
    code += "dimensions = (Interval('a', ('a',), 0.0, 1.0), Choice('b', ('b',), tuple((c,) for c in 'uvwxyz')))\n"
    code += "points = random().points(Space(dimensions), 9, seed=1)"
    here: dict = {}
    exec(code, here)
    command = [sys.executable, "-c", f"{code}\nprint(repr(points))"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == repr(here["points"])


def test_points_are_spread_as_the_space_says():
    points = random().points(SPACE, 2000, seed=0)
    counts = Counter(point["model"] for point in points)
    assert counts["cnn"] == pytest.approx(1000, abs=100)
    assert Counter("c.d" in point for point in points)[True] == counts["cnn"]
    assert Counter(point["c.d"] for point in points if "c.d" in point).keys() == {1, 2, 3, 4}
    assert sum(point["a.b"] < 1e-2 for point in points) == pytest.approx(1000, abs=100)


def test_a_number_of_points_has_to_be_given():
    with pytest.raises(ValueError, match="how many"):
        random().points(SPACE, None, 0)
