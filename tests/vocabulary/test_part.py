import pytest

from runner.check.facts import GROUPS
from runner.vocabulary.part import about, choices, file_of, groups, opening, search_path


def test_groups_and_those_inside_them(tmp_path):
    assert groups() == [*GROUPS, "sweep/pruner"]
    assert "asha" in choices("sweep/pruner")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yml").write_text("a: 1\n")
    (tmp_path / "model" / "cnn.yaml").write_text("a: 1\n")
    path = search_path(config_dir=tmp_path)
    assert choices("model", path)["mine"] == tmp_path / "model" / "mine.yml"
    assert choices("model", path)["cnn"] != tmp_path / "model" / "cnn.yaml", (
        "the package's own comes first, as in Hydra"
    )
    assert file_of("model/mine", path) == tmp_path / "model" / "mine.yml"
    assert file_of("model/no", path) is None


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("# one\n# two\na: 1\n", "one", "one two"),
        ("# One of\n# two. Three\n", "One of", "One of two"),
        ("# test/accuracy 0.99 at once.\n", "test/accuracy 0.99 at once.", "test/accuracy 0.99 at once"),
        ("# yaml-language-server: $schema=x.json\n# @package _global_\n# one\n", "one", "one"),
        ("a: 1 # no\n# late\n", "", ""),
        ("", "", ""),
    ],
)
def test_what_a_file_is_about(tmp_path, text, line, sentence):
    path = tmp_path / "x.yaml"
    path.write_text(text)
    assert (about(path), opening(path)) == (line, sentence)
    assert about(None) == ""
