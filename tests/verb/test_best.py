import json
import shlex

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


def test_for_scripts_there_is_one_best_or_a_way_to_it(tmp_path, capsys):
    other = {"data": {"name": "digits", "fingerprint": "cd" * 32}}
    dataset = {"_target_": "runner.dataset.digits.digits", "valid": 0.15, "folder": "new"}
    name = "20261127-000001-dddddd"
    made.run(tmp_path / "outputs" / name, value=0.99, environment=other, dataset=dataset)
    assert best.main(["dataset=digits", "-q"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    head, *told = said.err.splitlines()
    assert head == "error: not one best but 2: these runs were not measured on the same data; say which:"
    assert [line.rstrip() for line in told] == [
        "  runner best dataset=digits -q 'data.fingerprint~abababab'  digits, valid/accuracy, 3 runs",
        "  runner best dataset=digits -q 'data.fingerprint~cdcdcdcd'  digits dataset.folder=new, valid/accuracy, 1 run",
    ]
    for line, only in zip(told, ("mine/trials/0", name), strict=True):
        assert best.main(shlex.split(line.split("  ")[1])[2:]) == 0
        assert capsys.readouterr().out == f"{only}\n"
    assert best.main(["seed=9", "-q"]) == 2
    assert capsys.readouterr().err == "error: no finished run matches, so none is the best\n"


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
