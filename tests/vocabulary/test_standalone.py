"""A copy means the same as what it was copied from."""

import pytest

from runner.home import all_recipes
from runner.vocabulary.part import search_path
from runner.vocabulary.sketch import sketch
from runner.vocabulary.standalone import Entangled, standalone


@pytest.mark.parametrize(("name", "path"), all_recipes().items())
def test_every_recipe_can_be_copied(tmp_path, name, path):
    text = standalone(path, name)
    copy = tmp_path / "copy.yaml"
    copy.write_text(text)
    assert sketch("copy", search_path(copy), {}) == sketch(path.name, search_path(path), {})
    assert path.read_text().partition("defaults:")[0] in text, "what was measured is told"


def test_what_is_inherited_is_told(tmp_path):
    (tmp_path / "base.yaml").write_text(
        "defaults:\n  - config\n  - override model: mlp\n  - override task: binary\n  - _self_\n"
        "model: {widths: [8], dropout: 0.5}\nseed: 1\n"
    )
    child = tmp_path / "child.yaml"
    child.write_text(
        "# mine\n# is deep\ndefaults:\n  - base\n  - override /model: linear\n  - _self_\nmodel: {dropout: 0.1}\n"
    )
    assert standalone(child, "child.yaml") == (
        "# child.yaml and what it inherits, in one file; it says:\n# mine\n# is deep\n"
        "defaults:\n- config\n- override /model: linear\n- override /task: binary\n- _self_\n\n"
        "model:\n  widths: [8]\n  dropout: 0.1\nseed: 1\n"
    )


@pytest.mark.parametrize("listed", ["[base, _self_, override model: mlp]", "[base, {callback: ema}, _self_]"])
def test_what_cannot_be_told_in_one_file(tmp_path, listed):
    (tmp_path / "base.yaml").write_text("defaults: [config, _self_]\n")
    child = tmp_path / "child.yaml"
    child.write_text(f"defaults: {listed}\n")
    with pytest.raises(Entangled, match="copy its whole folder"):
        standalone(child, "child.yaml")


def test_a_circle_ends(tmp_path):
    (tmp_path / "a.yaml").write_text("defaults: [b, _self_]\n")
    (tmp_path / "b.yaml").write_text("defaults: [a, _self_]\n")
    with pytest.raises(Entangled):
        standalone(tmp_path / "a.yaml", "a.yaml")
