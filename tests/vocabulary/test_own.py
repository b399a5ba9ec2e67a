import pytest

from runner.vocabulary.own import forgotten, no_choice, own_parts


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a model of one's own in ``conf``, and with one in ``a``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RUNNER_CONFIG_DIR", raising=False)
    for folder in ("a", "conf", ".hidden"):
        (tmp_path / folder / "model").mkdir(parents=True)
        (tmp_path / folder / "model" / "mine.yaml").write_text("_target_: mynet.Net\n")
    (tmp_path / "a" / "model" / "other.yml").write_text("_target_: mynet.Net\n")
    return tmp_path


def test_no_folder_is_taken_without_a_word(place):
    assert own_parts(None) is None


def test_the_flag_comes_before_the_variable(place, monkeypatch):
    monkeypatch.setenv("RUNNER_CONFIG_DIR", "a")
    assert str(own_parts(None)) == "a"
    assert str(own_parts("conf")) == "conf"
    monkeypatch.setenv("RUNNER_CONFIG_DIR", "")
    assert own_parts(None) is None


def test_a_folder_that_is_not_there_is_told_by_who_said_it(place, monkeypatch):
    monkeypatch.setenv("RUNNER_CONFIG_DIR", "gone")
    with pytest.raises(ValueError, match=r"^RUNNER_CONFIG_DIR=gone: no such folder$"):
        own_parts(None)
    with pytest.raises(ValueError, match=r"^--config-dir away: no such folder$"):
        own_parts("away")


def test_the_flag_is_named_for_a_choice_that_lies_here(place):
    hint = "conf/model/mine.yaml is one with --config-dir conf, or once for all export RUNNER_CONFIG_DIR=conf"
    assert forgotten("model", "mine") == hint
    assert forgotten("model", "other").startswith("a/model/other.yml is one with --config-dir a,")
    assert no_choice("model", "mine", ["cnn", "mlp"]) == f"model=mine: no such model: {hint}"


def test_without_such_a_file_the_nearest_is_named_or_all(place):
    assert forgotten("model", "yours") == ""
    assert no_choice("model", "cnnn", ["cnn", "mlp"]) == "model=cnnn: no such model: did you mean cnn?"
    assert no_choice("model", "xyz", ["cnn", "mlp"]) == "model=xyz: no such model: there is cnn, mlp"


def test_the_name_of_a_strange_folder_is_not_obeyed_by_the_terminal(place):
    (place / "a").rename(place / "a\x1b[2J")
    assert "\x1b" not in forgotten("model", "other")
    assert "\\x1b[2J" in forgotten("model", "other")
