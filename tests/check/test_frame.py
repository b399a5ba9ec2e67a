import json

import pytest

from runner.check.frame import is_own, own_frame
from runner.dataset.data import Data


def raised(function, *arguments):
    with pytest.raises(Exception) as caught:  # whatever it is
        function(*arguments)
    return caught.value


def mine(function, *arguments):
    return function(*arguments)


def test_the_last_frame_of_ones_own_counts_not_those_below_it():
    error = raised(mine, json.loads, "{")
    assert own_frame(error).endswith(f"test_frame.py:{mine.__code__.co_firstlineno + 1} in mine")


def test_the_cause_is_asked_if_an_error_has_none():
    told = RuntimeError("in better words")
    told.__cause__ = raised(mine, json.loads, "{")
    assert own_frame(told).endswith(" in mine")
    assert own_frame(RuntimeError("of nobody")) == ""


def test_an_error_that_is_being_handled_outside_has_nothing_to_do_with_it():
    try:
        mine(json.loads, "{")
    except ValueError as outer:
        error = RuntimeError("another")
        error.__context__ = outer
    assert own_frame(error) == ""


def test_a_file_that_is_no_python_is_told_by_its_own_line(tmp_path):
    (tmp_path / "broken.py").write_text("import os\nclass (:\n")
    error = raised(compile, (tmp_path / "broken.py").read_text(), str(tmp_path / "broken.py"), "exec")
    assert own_frame(error) == f"{tmp_path / 'broken.py'}:2"


def test_what_is_installed_or_pythons_or_this_packages_is_nobodys_own():
    import runner.loop

    for module in (json, pytest, runner.loop):
        assert not is_own(module.__file__)
    assert not is_own("<string>")
    assert not is_own("<frozen importlib._bootstrap>")
    assert is_own(__file__)


def test_a_mistake_in_this_packages_code_names_no_place():
    assert own_frame(raised(Data("x", (1,), (), None).load).with_traceback(None)) == ""
