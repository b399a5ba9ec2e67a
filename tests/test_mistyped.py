"""A refused command is told what was meant, whichever parser refused it."""

import pytest

from runner.cli import dispatch
from runner.completion.verbs import read_verb
from runner.mistyped import hints, place
from runner.verbs import verbs


def refused(*words):
    try:
        return dispatch(list(words))
    except SystemExit as stop:
        return stop.code


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("export latest --formt onnx", "--formt: did you mean --format?"),
        ("export latest --formt=onnx", "--formt: did you mean --format?"),
        ("runs --las 3", "--las: did you mean --last?"),
        ("eval latest --part tset", "tset: did you mean test?"),
        ("eval latest --part=tset", "tset: did you mean test?"),
        ("verify resum", "resum: did you mean resume?"),
        ("check --alll", "--alll: did you mean --all?"),
        ("explain optimizer.lr --jsn", "--jsn: did you mean --json?"),
        ("--cgf job", "--cgf: did you mean --cfg?"),
        ("--multi", "--multi: did you mean --multirun?"),
        ("train --cfg jop", "jop: did you mean job?"),
    ],
)
def test_the_nearest_flag_and_choice(tmp_path, monkeypatch, capsys, words, hint):
    monkeypatch.chdir(tmp_path)
    assert refused(*words.split()) == 2
    assert capsys.readouterr().err.splitlines()[-1] == hint


@pytest.mark.parametrize(
    "words",
    ["export nowhere --form onnx", "export nowhere --weights last", "export nowhere --qqqq 1", "note nowhere -- --tga"],
)
def test_what_is_right_or_like_nothing_has_no_hint(tmp_path, monkeypatch, capsys, words):
    monkeypatch.chdir(tmp_path)
    assert refused(*words.split()) == 2
    assert "did you mean" not in capsys.readouterr().err


@pytest.mark.parametrize("name", verbs())
def test_every_flag_of_every_verb(name):
    words = [word for flag in read_verb(verbs()[name]).flags for word in flag.names if word[:2] == "--"]
    typos = {f"{w[:4]}{w[5]}{w[4]}{w[6:]}": w for w in words if len(w) > 5 and w[4] != w[5]}  # two letters swapped
    assert list(hints([*typos], verbs()[name])) == [f"{typo}: did you mean {word}?" for typo, word in typos.items()]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("model", "model is a group: runner ls model lists its choices, runner ls model=cnn the keys of one"),
        ("cnn", "cnn is a choice of model: runner ls model=cnn lists its keys"),
        ("linear", "runner ls model=linear lists its keys, runner ls schedule=linear too"),
        ("optimizer.lr", "optimizer.lr is a key: runner explain optimizer.lr"),
        ("epochs", "epochs is a key: runner explain epochs"),
        ("recipes", "runner ls recipes"),
        ("sweep", "runner ls sweep=bayes the keys of one\nthe verb is: runner sweeps"),
    ],
)
def test_help_for_what_is_no_verb_points_to_where_it_is(capsys, word, text):
    assert refused("help", word) == 0
    printed = capsys.readouterr()
    assert text in printed.out
    assert printed.err == ""


def test_a_word_that_is_no_verb_but_a_part(capsys):
    assert refused("cnn") == 2
    assert capsys.readouterr().err == f"error: no verb 'cnn': {place('cnn')}\n"
    assert refused("sweep") == 2
    assert capsys.readouterr().err == f"error: no verb 'sweep': did you mean runner sweeps?\n{place('sweep')}\n"
    assert refused("help", "qqqq") == 2
    assert "see runner --help" in capsys.readouterr().err
    assert refused("help", "modle") == 2
    assert "did you mean runner help model?" in capsys.readouterr().err
    assert refused("help", "cnn", "--json") == 0
    assert refused("model=mlp", "--epochs", "3") == 2
    assert "--epochs: did you mean epochs=...?" in capsys.readouterr().err
