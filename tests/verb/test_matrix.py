"""``runner matrix``: every dataset with every model."""

import json
from xml.etree import ElementTree

import pytest

from runner.matrix.pairs import Pair
from runner.verb import matrix

BROKEN = '''
from torch import nn


class Broken(nn.Module):
    """Works until it is trained, or not even that.

    Args:
        when: It falls over.
    """

    def __init__(self, in_shape, classes: int, when: str):
        super().__init__()
        if when == "early":
            raise KeyError("planted early")
        self.when, self.layer = when, nn.Linear(in_shape[-2] * in_shape[-1], classes)

    def forward(self, inputs):
        if self.training:
            raise RuntimeError("planted late")
        return self.layer(inputs.flatten(1)[:, self.when == "between" :])
'''


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNNER_DATA", str(tmp_path / "cache"))
    return tmp_path


def rows(capsys, *words):
    code = matrix.main([*words, "--json"])
    return code, {(row["dataset"], row["model"]): row for row in json.loads(capsys.readouterr().out)}


def test_a_few_pairs_with_a_report(here, capsys):
    assert matrix.main(["--dataset", "digits", "wine", "--model", "mlp", "cnn", "--junit", "matrix.xml"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert [(line.split()[0], *line.split()[2:]) for line in lines[:4]] == [
        ("ok", "digits", "mlp"), ("ok", "digits", "cnn"), ("ok", "wine", "mlp"), ("-", "wine", "cnn"),
    ]  # fmt: skip
    assert lines[4:8] == ["", "         mlp   cnn", "digits    ok    ok", "wine      ok     -"]
    assert "refused" in lines
    assert "  needs images of (channels, height, width), got inputs of shape (13,)" in lines
    assert "      wine with cnn" in lines
    assert lines[-1].startswith("4 pairs in ")
    assert lines[-1].endswith(": 3 ok, 1 refused")
    suite = ElementTree.parse(here / "matrix.xml").getroot().find("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "0", "1")
    found = {(case.get("classname"), case.get("name")): case for case in suite}
    assert found["matrix.digits", "mlp"].find("skipped") is None
    assert "needs images" in found["matrix.wine", "cnn"].find("skipped").get("message")
    assert sorted(path.name for path in here.iterdir()) == ["matrix.xml"], "runs are made elsewhere"


def test_data_that_are_not_here_are_made_and_those_without_files_get_some(capsys):
    code, found = rows(capsys, "--dataset", "cifar10", "csv", "text_folder", "image_folder", "--model", "linear", "gru")
    assert code == 0
    assert {pair: row["state"] for pair, row in found.items()} == {
        ("cifar10", "linear"): "made", ("cifar10", "gru"): "refused",
        ("csv", "linear"): "ok", ("csv", "gru"): "refused",
        ("text_folder", "linear"): "refused", ("text_folder", "gru"): "ok",
        ("image_folder", "linear"): "ok", ("image_folder", "gru"): "refused",
    }  # fmt: skip


def test_planted_failures_are_found(here, monkeypatch, capsys):
    (here / "planted.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(str(here))
    (here / "conf" / "model").mkdir(parents=True)
    for name in ("early", "between", "late"):
        text = f"# broken on purpose\n_target_: planted.Broken\nwhen: {name}\n"
        (here / "conf" / "model" / f"{name}.yaml").write_text(text)
    words = ["--config-dir", "conf", "--dataset", "digits", "--model", "early", "between", "late", "mlp"]
    code, found = rows(capsys, *words)
    assert code == 1
    assert [row["state"] for row in found.values()] == ["FAIL", "FAIL", "FAIL", "ok"]
    assert found["digits", "late"]["message"] == "RuntimeError: planted late"
    assert "planted.py" in found["digits", "late"]["text"]
    assert "KeyError: 'planted early'" in found["digits", "early"]["message"]
    assert "shapes cannot be multiplied" in found["digits", "between"]["text"], "that is no refusal"
    assert matrix.main([*words, "--junit", "x.xml"]) == 1
    out = capsys.readouterr().out
    assert "digits   FAIL     FAIL  FAIL    ok" in out
    assert "FAIL  digits/late" in out
    failures = {case.get("name"): case.find("failure") for case in ElementTree.parse("x.xml").iter("testcase")}
    assert "planted late" in failures["late"].text
    assert failures["mlp"] is None


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--dataset", "digitz"], "dataset=digitz: no such dataset: did you mean digits?"),
        (["--model", "mpl"], "model=mpl: no such model: did you mean mlp?"),
        (["--config-dir", "gone"], "gone: no such folder"),
        (["--junit", "gone/x.xml"], "there is no folder gone"),
    ],
)
def test_what_is_not_there(words, text, capsys):
    assert matrix.main(words) == 2
    said = capsys.readouterr()
    assert text in said.err
    assert said.out == ""


def test_a_table_of_many_models_is_divided():
    models = [f"a_model_with_a_long_name_{index}" for index in range(5)]
    lines = matrix.table([Pair("digits", model, "ok") for model in models], ["digits"], models)
    assert max(map(len, lines)) <= 80
    assert " ".join(lines).split() == [
        *models[:2], "digits", "ok", "ok", *models[2:4], "digits", "ok", "ok", models[4], "digits", "ok",
    ]  # fmt: skip


def test_the_same_failure_is_told_once():
    pairs = [Pair("digits", model, "FAIL", "ValueError: no", "Traceback\nValueError: no") for model in ("a", "b")]
    assert matrix.failures(pairs) == ["", "FAIL  digits/a digits/b", "Traceback", "ValueError: no"]
