"""``runner schema``: files for an editor."""

import json

import pytest

from runner.verb import schema
from runner.vocabulary.part import groups


@pytest.fixture(autouse=True)
def _there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_all_of_them_and_how_an_editor_finds_them(tmp_path, capsys):
    assert schema.main([]) == 0
    text = capsys.readouterr().out
    names = {name.replace("/", "-") for name in ("recipe", *groups())}
    assert {path.stem for path in (tmp_path / ".runner-schema").iterdir()} == names
    wired = json.loads(text[text.index("{") : text.index("\n}") + 2])["yaml.schemas"]
    assert wired[".runner-schema/recipe.json"] == "recipes/**/*.yaml"
    assert wired[".runner-schema/sweep-pruner.json"] == "conf/sweep/pruner/*.yaml"
    assert f"# yaml-language-server: $schema={tmp_path}/.runner-schema/recipe.json" in text
    assert schema.main(["--out", "there", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == "there/model.json"
    assert (tmp_path / "there" / "model.json").is_file()


def test_one_is_printed(tmp_path, capsys):
    assert schema.main(["optimizer"]) == 0
    found = json.loads(capsys.readouterr().out)
    adamw = found["$defs"]["optimizer=runner.optimizer.adamw.adamw"]
    assert adamw["properties"]["lr"]["else"] == {"type": "number", "exclusiveMinimum": 0}
    assert adamw["properties"]["lr"]["description"] == "Learning rate."
    assert adamw["propertyNames"] == {"enum": list(adamw["properties"])}
    assert {"freeze", "rates"} <= set(adamw["properties"]), "keys that every choice has"
    assert "params" not in adamw["properties"], "a fact is not the user's to give"
    assert list(tmp_path.iterdir()) == []


def test_the_users_own_parts(tmp_path, capsys):
    (tmp_path / "mine.py").write_text(
        'from typing import Literal\ndef net(in_shape, size: Literal["s", "m"] = "s"):\n    """A net.\n\n    Args:\n'
        '        size: How big.\n    """\n'
    )
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "conf" / "model" / "net.yaml").write_text("# a net\n_target_: mine.net\nsize: m\n")
    import sys

    sys.path.insert(0, str(tmp_path))
    try:
        assert schema.main(["model", "-cd", "conf"]) == 0
    finally:
        sys.path.remove(str(tmp_path))
    size = json.loads(capsys.readouterr().out)["$defs"]["model=mine.net"]["properties"]["size"]
    assert size["else"]["enum"] == size["examples"] == ["s", "m"]
    assert (size["description"], size["default"]) == ("How big.", "s")


@pytest.mark.parametrize(
    ("words", "text"),
    [(["modle"], "no schema modle: did you mean model?"), (["-cd", "nowhere"], "no such folder")],
)
def test_mistakes(tmp_path, capsys, words, text):
    assert schema.main(words) == 2
    assert text in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert schema.main(["--out", "file"]) == 2
    assert "file cannot be written" in capsys.readouterr().err
