"""``runner cat``: files as they are."""

import json

import pytest

from runner.home import CONF, RECIPES
from runner.verb import cat


def test_recipes_and_parts_as_they_are_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("# mine, without an end of line\nseed: 1")
    assert cat.main(["recipes/digits_cnn.yaml", "model=cnn", "sweep/pruner=asha", "mine.yaml"]) == 0
    files = [RECIPES / "digits_cnn.yaml", CONF / "model/cnn.yaml", CONF / "sweep/pruner/asha.yaml"]
    expected = [*(file.read_text() for file in files), "# mine, without an end of line\nseed: 1\n"]
    assert capsys.readouterr().out == "\n".join(expected)


def test_json_and_the_users_own_part(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "conf" / "model" / "mine.yaml").write_text("# mine\n")
    assert cat.main(["--json", "--config-dir", "conf", "model=mine"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"name": "model=mine", "path": "conf/model/mine.yaml", "text": "# mine\n"}
    ]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["recipes/digit_cnn.yaml"], "no recipe recipes/digit_cnn.yaml: did you mean recipes/digits_cnn.yaml?"),
        (["recipes/ladder/4_deep.yaml"], "did you mean recipes/ladder/4_deeper.yaml?"),
        (["model=cnnn"], "model=cnnn: no such model: did you mean cnn?"),
        (["modle=cnn"], "no group modle: did you mean model?"),
        (["model"], "model is a group: name a choice, as model=cnn"),
        (["-cd", "nowhere", "model=cnn"], "no such folder"),
    ],
)
def test_what_is_not_there(capsys, words, text):
    assert cat.main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert text in printed.err
