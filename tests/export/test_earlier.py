"""What an earlier export left: still true, outdated, or no export's."""

import json

import pytest

from runner.export.earlier import Earlier, belongs, files

NOW = {"run": "one", "model": {"width": 8}, "digest": "abc"}


def left(out, **more):
    """Leave what an export of three forms would have."""
    for name in ("model.pt", "model.pt2", "model.onnx", "model.onnx.data", "mine.txt"):
        (out / name).write_text(name)
    forms = ("state_dict", "pt2", "onnx")
    facts = {**NOW, "license": "mit", "check": {form: {} for form in forms}, "files": files(out, forms), **more}
    (out / "model.json").write_text(json.dumps(facts))


def names(paths):
    return sorted(path.name for path in paths)


def test_the_same_weights_stay(tmp_path):
    left(tmp_path)
    true, outdated, changed = Earlier(tmp_path, ["pt2"]).sort(NOW)
    assert {name: list(found) for name, found in true.items()} == {
        "onnx": ["model.onnx", "model.onnx.data"],
        "state_dict": ["model.pt"],
    }
    assert (outdated, changed) == ([], [])


@pytest.mark.parametrize("other", [{"digest": "other"}, {"run": "two"}, {"model": {"width": 9}}, {"files": None}])
def test_another_model_goes(tmp_path, other):
    left(tmp_path, **other)
    true, outdated, changed = Earlier(tmp_path, ["pt2"]).sort(NOW)
    beside = [] if "files" in other else ["model.onnx.data"]  # an export that noted no files named one a form
    assert (true, names(outdated), changed) == ({}, ["model.onnx", *beside, "model.pt"], [])


@pytest.mark.parametrize("digest", ["abc", "other"])
def test_what_was_changed_since_is_left_and_not_named(tmp_path, digest):
    left(tmp_path, digest=digest)
    (tmp_path / "model.pt").write_text("mine")
    true, outdated, changed = Earlier(tmp_path, ["pt2", "onnx"]).sort(NOW)
    assert (true, outdated, names(changed)) == ({}, [], ["model.pt"])


def test_a_form_that_lacks_a_file_goes(tmp_path):
    left(tmp_path)
    (tmp_path / "model.onnx.data").unlink()
    true, outdated, _ = Earlier(tmp_path, ["pt2", "state_dict"]).sort(NOW)
    assert (true, names(outdated)) == ({}, ["model.onnx"])


@pytest.mark.parametrize("text", [None, "{broken", "[]", "{}", '{"check": 1}', '{"check": {"pt3": {}}}'])
def test_what_no_export_named_is_nobodys(tmp_path, text):
    (tmp_path / "model.pt").write_text("mine")
    if text is not None:
        (tmp_path / "model.json").write_text(text)
    earlier = Earlier(tmp_path, [])
    assert earlier.sort(NOW) == ({}, [], [])
    assert earlier.licence("one") is None


def test_names_lead_nowhere_else():
    assert belongs("model.onnx.data", "onnx")
    assert not belongs("model.pt2", "state_dict")
    assert not belongs("model.pt./../../precious", "state_dict")


def test_the_licence_is_the_runs(tmp_path):
    left(tmp_path)
    assert Earlier(tmp_path, []).licence("one") == "mit"
    assert Earlier(tmp_path, []).licence("two") is None
