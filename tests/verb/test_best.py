import json

import pytest

from runner.verb import best
from tests.history import made


@pytest.fixture(autouse=True)
def _there(tmp_path, monkeypatch):
    monkeypatch.chdir(made.place(tmp_path))


def test_the_best_and_what_to_type(capsys):
    assert best.main(["sweep=null"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "digits · valid/accuracy (max) · 2 runs",
        f"    1  {made.FIRST}  0.95        model=mlp",
        f"    2  {made.SECOND}  0.85        model=cnn optimizer.lr=0.01",
        f" next  runner show {made.FIRST}",
        f"       runner eval {made.FIRST}",
        f"       runner predict {made.FIRST} test",
    ]


def test_for_scripts(capsys):
    assert best.main(["-q"]) == 0
    assert capsys.readouterr().out == "mine/trials/0\n"
    assert best.main(["--metric", "test/accuracy", "--min", "--json", "--top", "1"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["metric"], found["direction"], found["runs"]) == ("test/accuracy", "min", 3)
    assert [row["run"] for row in found["ranking"]] == [made.SECOND]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--metric", "test/acuracy"], "did you mean test/accuracy?"),
        (["--metric", "samples_per_second"], "give --max or --min"),
        (["--top", "0"], "--top must be >= 1, got 0"),
        (["value>>1", "x>"], "no run has x"),
    ],
)
def test_mistakes(capsys, words, said):
    assert best.main(words) == 2
    assert said in capsys.readouterr().err


def test_nothing_matches(tmp_path, monkeypatch, capsys):
    assert best.main(["seed=9"]) == 0
    assert capsys.readouterr().out == "no finished run matches\n"
    monkeypatch.chdir(tmp_path / "outputs")
    assert best.main([]) == 0
    assert capsys.readouterr().out == "no finished run in outputs/ yet\n"
