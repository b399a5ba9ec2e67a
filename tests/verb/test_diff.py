import json

import pytest

from runner.verb import diff
from tests.history import made


@pytest.fixture(autouse=True)
def _there(tmp_path, monkeypatch):
    monkeypatch.chdir(made.place(tmp_path))


def test_it_exits_like_diff(capsys):
    assert diff.main([made.FIRST, made.FIRST]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "the same"
    assert diff.main([made.FIRST, made.SECOND, "--quiet"]) == 1
    assert capsys.readouterr().out == ""
    assert diff.main([made.FIRST, "nope"]) == 2
    assert "no run or sweep 'nope'" in capsys.readouterr().err
    assert diff.main([made.FIRST, made.SECOND, "--only", "code,data", "-q"]) == 0


def test_part_by_part_and_curves_on_one_scale(capsys):
    assert diff.main([made.FIRST, made.SECOND]) == 1
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert lines[:2] == [f"A  {made.FIRST}  model=mlp", f"B  {made.SECOND}  model=cnn optimizer.lr=0.01"]
    assert [line for line in lines[2:] if line[:1].isalpha()] == ["configuration", "metrics", "curves"]
    assert ["model.depth", "-", "2"] in [line.split() for line in lines]
    assert any(line.split() == ["value", "0.95", "0.85", "-0.1"] for line in lines)
    assert "A ▁▄█  0.316667 .. 0.95" in text
    assert "B ▁▃▇  0.283333 .. 0.85" in text
    assert max(map(len, lines)) <= 80


def test_a_patch_is_shown_with_its_secrets_masked(tmp_path, capsys):
    made.run(tmp_path / "outputs" / "clean", value=0.95, environment={"git": {"commit": "c0ffee" * 6, "patch": ""}})
    assert diff.main(["clean", made.FIRST, "--only", "code"]) == 1
    text = capsys.readouterr().out
    assert "hunter2" not in text
    assert 'password = "***"' in text
    assert "commit  c0ffeec0ffee" in text


def test_json(capsys):
    assert diff.main([made.FIRST, made.SECOND, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["runs"] == [made.FIRST, made.SECOND]
    assert found["differing"] == ["configuration", "metrics"]
    assert found["metrics"]["value"] == [0.95, 0.85]
    assert found["configuration"]["optimizer.lr"] == [0.003, 0.01]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([made.FIRST, "mine"], "is a run, mine is a sweep: nothing to compare"),
        ([made.FIRST, made.SECOND, "--only", "metric"], "did you mean metrics?"),
        (["mine", "mine"], "no study mine"),
    ],
)
def test_mistakes(capsys, words, said):
    assert diff.main(words) == 2
    assert said in capsys.readouterr().err


def test_two_sweeps(tmp_path, capsys):
    from tests.history.test_searches import search

    search(tmp_path / "outputs" / "one", {"seed": "0,1"}, [0.5, 0.75])
    search(tmp_path / "outputs" / "two", {"seed": "0,2"}, [0.5])
    assert diff.main(["one", "two"]) == 1
    text = capsys.readouterr().out
    assert "space\n  seed  0,1  0,2\n" in text
    assert "  best             0.75  0.5\n" in text
    assert diff.main(["one", "one", "--only", "space"]) == 0
