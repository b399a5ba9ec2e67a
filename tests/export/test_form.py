"""The names of the forms, and what they need."""

import pytest

from runner.export.form import FORMS, chosen, form


def test_every_form_has_its_name():
    for name in FORMS:
        made = form(name)
        assert made.name == name
        assert made.file.startswith("model.")
        assert made.file in made.usage
        assert "runner" not in made.usage


def test_which_are_asked_for():
    assert chosen("all") == ["pt2", "onnx", "state_dict"]
    assert chosen("state_dict,pt2,state_dict") == ["state_dict", "pt2"]
    with pytest.raises(ValueError, match="--format onx: there are pt2, onnx, state_dict, all: did you mean onnx"):
        chosen("pt2,onx")


def test_what_is_not_installed(monkeypatch):
    one = form("onnx")
    monkeypatch.setattr(type(one), "packages", ("torch", "no_such_package"))
    assert one.lacks() == "onnx needs no_such_package, which is not installed: pip install no_such_package"
    monkeypatch.setattr(type(one), "packages", ("torch",))
    assert one.lacks() == ""
