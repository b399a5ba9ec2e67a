"""``runner generate``: text from a run."""

import json
import shutil

import pytest

from runner.verb import generate
from tests.support import trained
from tests.typed import typed

PHRASE = "brown_fish. "
"""Every character says which one follows."""
WORDS = ["dataset=text", "dataset.bptt=24", "model.width=24", "epochs=6", "optimizer.lr=0.02", "batch_size=8"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("place")
    text = folder / "text.txt"
    text.write_text(PHRASE * 300)
    path = f"dataset.path={text}"
    typed(folder / "outputs" / "gru", *WORDS, path, "model=gru")
    typed(folder / "outputs" / "small", *WORDS, path, "model=lstm", "model.stateful=false", "dataset.lower=true")
    typed(folder / "outputs" / "bytes", *WORDS, path, "model=transformer", "dataset.level=byte")
    trained(folder / "outputs" / "digits", "epochs=1")
    return folder


@pytest.fixture(autouse=True)
def _there(place, monkeypatch):
    monkeypatch.chdir(place)


def written(capsys, *words):
    assert generate.main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("run", ["gru", "small", "bytes"])
def test_what_was_learned_is_written(run, capsys):
    found = written(capsys, run, "--prompt", "brown", "--length", "40", "--temperature", "0")
    assert found["text"].startswith("brown")
    assert len(found["text"]) == 5 + 40
    assert found["text"] in PHRASE * 5


def test_the_same_seed_writes_the_same_text(capsys):
    options = ["gru", "--length", "60", "--temperature", "1.5"]
    first = written(capsys, *options)
    assert written(capsys, *options) == first
    assert written(capsys, *options, "--seed", "1")["text"] != first["text"]
    assert generate.main(options) == 0
    assert capsys.readouterr().out == first["text"] + "\n"


def test_characters_that_the_run_does_not_know(capsys):
    assert generate.main(["gru", "--prompt", "brownÄÖ", "--length", "2"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("brownÄÖ")
    assert said.err == "note: the run does not know 'ÄÖ': read as its unknown token\n"
    assert written(capsys, "bytes", "--prompt", "Ä", "--length", "0")["text"] == "Ä"
    assert written(capsys, "small", "--prompt", "BROWN", "--length", "1", "--top-k", "1")["text"] == "BROWN_"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["digits"], "learned classification on dataset noise: only a language model writes text"),
        (["nope"], "no run 'nope'"),
        (["gru", "--weights", "other"], "no checkpoint"),
        (["gru", "--top-k", "0"], "top_k must be >= 1"),
        (["gru", "--temperature", "-1"], "temperature must be >= 0"),
        (["gru", "--length", "-1"], "--length must be >= 0"),
    ],
)
def test_what_cannot_be_written(words, text, capsys):
    assert generate.main(words) == 2
    said = capsys.readouterr()
    assert text in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_text_that_has_changed(place, tmp_path, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(place / "outputs" / "gru", copy)
    other = tmp_path / "other.txt"
    other.write_text(PHRASE.upper() * 300)
    config = (copy / "config.yaml").read_text()
    (copy / "config.yaml").write_text(config.replace(str(place / "text.txt"), str(other)))
    assert generate.main([str(copy)]) == 2
    assert "dataset text no longer has the tokens that copy learned" in capsys.readouterr().err
    other.unlink()
    assert generate.main([str(copy)]) == 2
    assert "copy can no longer be built: dataset=text: dataset.path=" in capsys.readouterr().err
